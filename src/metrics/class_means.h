// One vector for each class.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::metrics {

/// Mean of the rows [N,D] of each label (int64 [N], in [0, classes)): [classes,D]; zeros for a class without rows. Sums
/// are taken in float64. UserError when shapes or labels don't fit.
at::Tensor class_means(const at::Tensor& rows, const at::Tensor& labels, int64_t classes);

}  // namespace retort::metrics
