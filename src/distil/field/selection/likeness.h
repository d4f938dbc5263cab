// How alike splats are: by their features, or by colour where a field has none.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/selection/neighbours.h"

namespace retort::field {

class Likeness {
 public:
  /// Field and pool must outlive it.
  Likeness(const GaussianField& field, ThreadPool& pool, Isa isa) : field_(field), pool_(pool), isa_(isa) {}

  bool by_features() const { return field_.feature_dim() > 0; }

  /// What is compared, of some splats [M] int64: unit decoded features [M,C], or colours [M,3].
  at::Tensor rows(const at::Tensor& splats) const;
  /// The same averaged over each splat and its neighbours by `weights` [P] (opacity), and features made unit again:
  /// those of single splats are noisy, and those of faint ones hardly trained.
  at::Tensor rows_about(const std::vector<int64_t>& splats, const SplatNeighbours& neighbours,
                        const at::Tensor& weights) const;
  /// Between rows [M,C] and examples [K,C]: cosines, or 1 - twice the distance of colours in RGB. -> [M,K], at most 1
  at::Tensor between(const at::Tensor& rows, const at::Tensor& examples) const;
  /// Of all splats with examples [K,C] -> [P,K]; the features are read once.
  at::Tensor of_all(const at::Tensor& examples) const;

 private:
  const GaussianField& field_;
  ThreadPool& pool_;
  Isa isa_;
};

/// A number of each splat averaged over it and its neighbours by `weights` (opacity), worked out where it is asked for.
class SmoothedValues {
 public:
  /// values and weights [P] float32.
  SmoothedValues(const at::Tensor& values, const SplatNeighbours& neighbours, const at::Tensor& weights);

  float operator[](int64_t splat) const;
  /// Every so many-th splat's, so that about `most` or fewer are looked at; [M] float32.
  at::Tensor sample(int64_t most) const;

 private:
  at::Tensor values_, weights_, neighbours_;
  const float* value_;
  const float* weight_;
  const int32_t* index_;
  int64_t neighbours_a_splat_;
};

}  // namespace retort::field
