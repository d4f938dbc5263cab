// Arrays from a file of any format that tensors come in.
#pragma once

#include <filesystem>

#include "io/array.h"

namespace retort::io {

/// Reads safetensors (also `*.index.json` of a sharded model), npy, npz and PyTorch checkpoints; the content decides,
/// not the ending. A single unnamed array (npy, torch.save of one tensor) is called "value"; arrays of a checkpoint get
/// dotted names (pickle_value.h). UserError with the file when it is damaged or of another format.
NamedArrays read_arrays(const std::filesystem::path& path);

/// The only array of a file. UserError when it holds none or several (and how they are called).
Array read_single_array(const std::filesystem::path& path);

}  // namespace retort::io
