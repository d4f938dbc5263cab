// Where arrays from files become tensors and tensors become files.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

#include "io/array.h"
#include "io/safetensors.h"

namespace retort::io {

using NamedTensors = std::map<std::string, at::Tensor>;

/// A contiguous CPU tensor of the same dtype and shape, copied (arrays may be unaligned or mapped).
at::Tensor to_tensor(const Array& array);

/// Copies a tensor of any device and layout into an array. Fault for dtypes that files of ours don't hold (complex,
/// quantised).
Array to_array(const at::Tensor& tensor);

NamedTensors to_tensors(const NamedArrays& arrays);
NamedArrays to_arrays(const NamedTensors& tensors);

/// Reads a safetensors file (or `*.index.json`) as CPU tensors; `metadata` (may be null) receives `__metadata__`.
/// UserError when it is damaged.
NamedTensors load_safetensors(const std::filesystem::path& path, StringMap* metadata = nullptr);

/// Writes a safetensors file atomically; the same tensors give the same bytes.
void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const StringMap& metadata = {});

}  // namespace retort::io
