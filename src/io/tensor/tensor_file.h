// Tensors from a file of any format; see array_file.h for formats and names.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

#include "io/tensor/tensor_io.h"

namespace retort::io {

/// All tensors of a file, on the CPU, each owning its memory. UserError when the file is damaged or of another format.
NamedTensors load_tensors(const std::filesystem::path& path);

/// The only tensor of a file. UserError when it holds none or several.
at::Tensor load_tensor(const std::filesystem::path& path);

}  // namespace retort::io
