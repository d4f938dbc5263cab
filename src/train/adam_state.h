// The moments of Adam, by the names of the parameters they belong to.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "core/thread_pool.h"
#include "train/adam.h"

namespace retort::train {

struct AdamMoments {
  at::Tensor first, second;  ///< of the parameter's shape, float32, contiguous
  int64_t step = 0;          ///< steps done
};

using AdamState = std::map<std::string, AdamMoments>;

/// Moments of zero for a float32 CPU parameter.
AdamMoments fresh_adam_moments(const at::Tensor& parameter);

/// A group for adam_step() over whole tensors; counts the step. Fault unless all four are float32, contiguous and of
/// one size. The tensors must live until the step is done.
AdamGroup adam_group(const at::Tensor& parameter, const at::Tensor& gradient, AdamMoments& moments,
                     double learning_rate, double epsilon);

}  // namespace retort::train
