// Smooth tensors by formula, in which the sheets of papers state their numbers.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace retort::tests {

/// magnitude sin(frequency k + phase) for the elements k = 0, 1, ... in row-major order, float64.
inline at::Tensor wave(std::vector<int64_t> shape, double frequency, double phase, double magnitude = 1) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return (magnitude * at::sin(frequency * at::arange(count, at::kDouble) + phase)).reshape(shape);
}

}  // namespace retort::tests
