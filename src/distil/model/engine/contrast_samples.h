// Samples of other classes, drawn without rejection.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace retort::model {

/// The samples of a set sorted by class: those of all other classes are then what lies outside of one range.
class ContrastSamples {
 public:
  /// `labels`: the class of every sample, each at least 0. UserError when there is one class only.
  explicit ContrastSamples(const std::vector<int64_t>& labels);

  /// `count` samples of another class than each of `samples` [B] int64, uniform and with replacement, behind the sample
  /// itself: [B, 1 + count] int64. Row b draws from random.child(b).
  at::Tensor draw(const at::Tensor& samples, int64_t count, const RandomTree& random) const;

 private:
  struct ClassRange {
    uint32_t begin = 0, size = 0;
  };

  std::vector<int64_t> labels_;
  std::vector<uint32_t> by_class_;  ///< samples, those of a class together
  std::vector<ClassRange> ranges_;  ///< of each class in by_class_
};

}  // namespace retort::model
