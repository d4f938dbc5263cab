#include "nn/network.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string_view>

namespace retort::nn {

namespace {
/// Keeps the names that begin with `wrapper`, without it, if there are any.
void unwrap(std::map<std::string, at::Tensor>& tensors, std::string_view wrapper) {
  std::map<std::string, at::Tensor> inside;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(wrapper)) inside.emplace(name.substr(wrapper.size()), tensor);
  if (!inside.empty()) tensors = std::move(inside);
}
}  // namespace

Weights create_weights(const Network& network, RandomTree random) {
  const at::NoGradGuard no_grad;
  InitialisingSource source(random);
  std::vector<int64_t> shape = network.image;
  shape.insert(shape.begin(), 1);
  network.forward(Scope(source), at::zeros(shape));
  auto weights = source.take();
  weights.origin = network.name;
  return weights;
}

Weights without_wrappers(Weights weights) {
  for (const std::string_view wrapper : {"state_dict.", "model.", "module."}) {
    unwrap(weights.parameters, wrapper);
    unwrap(weights.buffers, wrapper);
  }
  return weights;
}

Weights load_network_weights(const Network& network, const std::filesystem::path& file) {
  return matched_weights(without_wrappers(load_weights(file)), create_weights(network, RandomTree(0)));
}

}  // namespace retort::nn
