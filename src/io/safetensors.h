// safetensors: an 8-byte header length, a JSON header, the tensors' bytes.
// Format: https://github.com/huggingface/safetensors (README, "Format").
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "io/array.h"

namespace retort::io {

using StringMap = std::map<std::string, std::string>;

struct Safetensors {
  StringMap metadata;   ///< `__metadata__`
  NamedArrays tensors;  ///< views that keep the file mapped
};

/// Longest header taken, in bytes (the format's own limit).
constexpr uint64_t max_safetensors_header_bytes = 100'000'000;

/// Maps a file and checks its header: every tensor inside the file, as long as dtype and shape say, none overlapping,
/// no name twice, no gaps. Tensors may be unaligned and of zero size. UserError with the file and the tensor's name.
Safetensors read_safetensors(const std::filesystem::path& path);

/// The same on bytes in memory; `name` leads the messages.
Safetensors parse_safetensors(SharedBytes file, const std::string& name);

/// Writes atomically. The same tensors give the same bytes: wide dtypes first, then by name, so that each tensor is
/// aligned. UserError when the place can't be written, Fault when the disk is full.
void write_safetensors(const std::filesystem::path& path, const NamedArrays& tensors, const StringMap& metadata = {});

/// Reads a sharded model: `*.index.json` with a `weight_map` from tensor to file beside it. UserError when a shard's
/// name leaves the folder, or a shard or a tensor is missing.
Safetensors read_safetensors_index(const std::filesystem::path& index);

}  // namespace retort::io
