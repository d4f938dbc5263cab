#include "train/adam_state.h"

#include "core/errors.h"

namespace retort::train {

AdamMoments fresh_adam_moments(const at::Tensor& parameter) {
  return {.first = at::zeros_like(parameter), .second = at::zeros_like(parameter), .step = 0};
}

AdamGroup adam_group(const at::Tensor& parameter, const at::Tensor& gradient, AdamMoments& moments,
                     double learning_rate, double epsilon) {
  for (const at::Tensor& tensor : {parameter, gradient, moments.first, moments.second}) {
    RT_CHECK(tensor.defined() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous() &&
                 tensor.device().is_cpu() && tensor.numel() == parameter.numel(),
             "adam: parameter, gradient and moments must be contiguous float32 tensors of one size on the CPU; the "
             "parameter has {} elements",
             parameter.numel());
  }
  return {.parameters = parameter.data_ptr<float>(),
          .gradient = gradient.data_ptr<float>(),
          .first_moment = moments.first.data_ptr<float>(),
          .second_moment = moments.second.data_ptr<float>(),
          .count = parameter.numel(),
          .step = ++moments.step,
          .learning_rate = learning_rate,
          .epsilon = epsilon};
}

}  // namespace retort::train
