// PyTorch checkpoints (torch.save), read without running any of their code. Format: torch/serialization.py.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "io/array.h"
#include "io/pickle_value.h"

namespace retort::io {

class ZipArchive;

/// True when the bytes begin like a checkpoint of either format, or like a bare pickle. A ZIP archive may also be .npz:
/// its members decide (see array_file.h).
bool looks_like_pickle(std::span<const uint8_t> bytes);

/// True for an archive that torch.save or torch.jit.save wrote.
bool is_torch_archive(const ZipArchive& archive);

/// Reads a checkpoint: the ZIP format (since 1.6), the legacy stream, or a bare pickle of containers, numbers and
/// NumPy arrays; the
/// content decides, not the file's ending. Tensors of any stride come out row-major; contiguous ones are views of the
/// mapped file. UserError with the file when it is damaged, big-endian, a TorchScript program, or asks for any Python
/// object besides containers, numbers, texts and tensors (the message has its name).
PickleValue read_torch_checkpoint(const std::filesystem::path& path);

/// The same on bytes in memory; `name` leads the messages.
PickleValue parse_torch_checkpoint(SharedBytes file, const std::string& name);

/// Writes one tensor so that torch.load (also with weights_only) gives it back. Atomic; same array, same bytes.
void write_torch_tensor(const std::filesystem::path& path, const Array& array);

}  // namespace retort::io
