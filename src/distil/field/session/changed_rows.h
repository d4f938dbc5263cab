// What a page must hear after an edit, an undo or a redo.
#pragma once

#include <ATen/core/Tensor.h>

#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// Rows of `now` that look otherwise than in `before` or are new, int64 ascending. Tensors that both share are not
/// looked at.
at::Tensor changed_rows(const GaussianField& before, const GaussianField& now);

/// Whether both hold the very same tensors of geometry and features: what pointing and queries depend on.
bool same_shape_and_features(const GaussianField& a, const GaussianField& b);

}  // namespace retort::field
