// Some of a field's splats as a field of their own.
#pragma once

#include <ATen/core/Tensor.h>

#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// The splats where `mask` [P] bool is set, in their order; decoder, basis and codebook as they were.
GaussianField subset(const GaussianField& field, const at::Tensor& mask);

}  // namespace retort::field
