// One vector for each class.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::metrics {

/// Mean of the rows [N,D] of each label (int64 [N], in [0, classes)): [classes,D]; zeros for a class without rows. Sums
/// are taken in float64. UserError when shapes or labels don't fit.
at::Tensor class_means(const at::Tensor& rows, const at::Tensor& labels, int64_t classes);

/// The same for rows that come in parts, without keeping them.
class ClassSums {
 public:
  /// UserError as class_means().
  void add(const at::Tensor& rows, const at::Tensor& labels, int64_t classes);
  /// Of all rows so far, of which there must have been some: [classes,D] in the rows' type.
  at::Tensor means() const;

 private:
  at::Tensor sums_, counts_;  ///< [classes,D] and [classes], float64
  at::ScalarType type_ = at::ScalarType::Float;
};

}  // namespace retort::metrics
