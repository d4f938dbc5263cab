// The samples of a pool that look most like a class.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::data {

enum class ClassMembership {
  any,   ///< a sample may serve several classes
  best,  ///< each sample stands for its surest class alone (Yalniz et al. 2019)
};

/// For each class the `count` samples of the highest score, equal ones by index: scores [M,C] -> their rows int64,
/// rising, each once, at most count C of them. UserError when scores are no matrix or count is negative. Source: Cui et
/// al., SSLD, section 3.3.
at::Tensor top_per_class(const at::Tensor& scores, int64_t count, ClassMembership membership = ClassMembership::any);

}  // namespace retort::data
