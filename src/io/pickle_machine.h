// Runs the harmless part of Python's pickle language: it builds containers, numbers, texts and descriptions of tensors,
// and calls nothing. Opcodes: Lib/pickletools.py; what PyTorch writes with them: torch/serialization.py.
#pragma once

#include "io/bytes.h"
#include "io/pickle_graph.h"

namespace retort::io {

/// Size of the largest pickle taken where tensors are stored outside it.
constexpr uint64_t usual_pickle_bytes = 64u << 20;

/// Runs one pickle (protocols 0 to 5) from the reader's position up to its STOP and leaves the reader behind it.
/// UserError when it is damaged, too large (`max_bytes`, 4 million values), or names anything but what pickle_globals.h
/// allows; the message has the name.
PickleGraph run_pickle(ByteReader& in, uint64_t max_bytes = usual_pickle_bytes);

}  // namespace retort::io
