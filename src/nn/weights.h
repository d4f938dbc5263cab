// The named tensors a network runs on.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace retort::nn {

/// Named tensors, those that learn and those that are only kept (running statistics) apart. Names are the ecosystem's
/// ("layer1.0.conv1.weight").
struct Weights {
  std::map<std::string, at::Tensor> parameters;
  std::map<std::string, at::Tensor> buffers;
  std::string origin = "weights";  ///< file or run they come from; leads messages

  /// Parameter or buffer of that name; undefined when there is none.
  at::Tensor find(const std::string& name) const;
  /// Its shape; UserError that names the origin and the nearest name when there is none.
  std::vector<int64_t> shape_of(const std::string& name) const;
  std::vector<std::string> names() const;
};

/// Reads a file of any format of io/array_file.h (safetensors, PyTorch checkpoint ...); floating tensors become float32
/// whatever they were stored as. With a `prefix` ("features.") only tensors whose names begin so are taken, and only
/// they cost memory. Names ending in running_mean, running_var or num_batches_tracked are buffers. UserError when the
/// file is damaged or holds no such tensor.
Weights load_weights(const std::filesystem::path& file, std::string_view prefix = "");

}  // namespace retort::nn
