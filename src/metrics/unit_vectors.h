// Directions of features.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::metrics {

/// Each vector [...,C] divided by its length; vectors of length 0 stay 0. Differentiable, any floating dtype.
at::Tensor unit_vectors(const at::Tensor& vectors);

}  // namespace retort::metrics
