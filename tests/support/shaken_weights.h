// Weights for tests of what a network computes.
#pragma once

#include <ATen/ATen.h>

#include "nn/weights.h"

namespace retort::tests {

/// `weights` with waves added to every parameter: away from the zeros that fresh layers may start with.
inline nn::Weights shaken(nn::Weights weights) {
  for (auto& [name, tensor] : weights.parameters)
    tensor = tensor + 0.3 * at::sin(at::arange(tensor.numel(), at::kFloat)).view(tensor.sizes());
  return weights;
}

/// `weights` with waves added to all vectors, running statistics among them: no batch norm is the identity any more,
/// and the maps stay about as large as fresh layers make them.
inline nn::Weights with_shaken_vectors(nn::Weights weights) {
  for (auto* place : {&weights.parameters, &weights.buffers})
    for (auto& [name, tensor] : *place)
      if (tensor.dim() == 1) tensor = tensor + 0.3 * at::sin(1 + at::arange(tensor.numel(), at::kFloat));
  return weights;
}

}  // namespace retort::tests
