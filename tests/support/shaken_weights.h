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

}  // namespace retort::tests
