// How alike splats are: by their features, or by colour where a field has none.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

class Likeness {
 public:
  /// Field and pool must outlive it.
  Likeness(const GaussianField& field, ThreadPool& pool, Isa isa) : field_(field), pool_(pool), isa_(isa) {}

  bool by_features() const { return field_.feature_dim() > 0; }

  /// What is compared, of some splats [M] int64: unit decoded features [M,C], or colours [M,3].
  at::Tensor rows(const at::Tensor& splats) const;
  /// Between rows [M,C] and examples [K,C]: cosines, or 1 - twice the distance of colours in RGB. -> [M,K], at most 1
  at::Tensor between(const at::Tensor& rows, const at::Tensor& examples) const;
  /// Of all splats with examples [K,C] -> [P,K]; the features are read once.
  at::Tensor of_all(const at::Tensor& examples) const;

 private:
  const GaussianField& field_;
  ThreadPool& pool_;
  Isa isa_;
};

}  // namespace retort::field
