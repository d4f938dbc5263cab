#include "nn/weights.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/text.h"
#include "io/array_file.h"
#include "io/tensor/tensor_io.h"

namespace retort::nn {

namespace {
bool names_a_buffer(const std::string& name) {
  return name.ends_with("running_mean") || name.ends_with("running_var") || name.ends_with("num_batches_tracked");
}
}  // namespace

at::Tensor Weights::find(const std::string& name) const {
  if (const auto found = parameters.find(name); found != parameters.end()) return found->second;
  const auto found = buffers.find(name);
  return found == buffers.end() ? at::Tensor() : found->second;
}

std::vector<int64_t> Weights::shape_of(const std::string& name) const {
  const auto tensor = find(name);
  if (!tensor.defined()) user_error("{}: has no tensor '{}'{}", origin, name, did_you_mean(name, names()));
  return tensor.sizes().vec();
}

std::vector<std::string> Weights::names() const {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : parameters) all.push_back(name);
  for (const auto& [name, tensor] : buffers) all.push_back(name);
  return all;
}

Weights load_weights(const std::filesystem::path& file, std::string_view prefix) {
  Weights weights;
  weights.origin = file.string();
  const auto arrays = io::read_arrays(file);
  for (const auto& [name, array] : arrays) {
    if (!name.starts_with(prefix)) continue;
    auto tensor = io::to_tensor(array);
    if (tensor.is_floating_point()) tensor = tensor.to(at::kFloat);
    (names_a_buffer(name) ? weights.buffers : weights.parameters)[name] = std::move(tensor);
  }
  if (weights.parameters.empty() && !arrays.empty() && !prefix.empty())
    user_error("{}: holds no tensor '{}...', but '{}'; are these another network's weights?", weights.origin, prefix,
               arrays.begin()->first);
  if (weights.parameters.empty()) user_error("{}: holds no tensors; a network's weights are needed", weights.origin);
  return weights;
}

}  // namespace retort::nn
