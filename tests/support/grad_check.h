// Gradients held to central differences in float64.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <functional>
#include <vector>

namespace retort::tests {

struct GradCheckOptions {
  double step = 1e-6;
  double relative = 1e-5, absolute = 1e-7;
};

/// `function` maps float64 tensors to a scalar. Checks d(function)/d(inputs) element by element.
inline testing::AssertionResult grad_check(const std::function<at::Tensor(const std::vector<at::Tensor>&)>& function,
                                           std::vector<at::Tensor> inputs, const GradCheckOptions& options = {}) {
  at::set_num_threads(1);  // tensors are tiny: threads would only wait for each other
  for (auto& input : inputs) input = input.detach().to(at::kDouble).contiguous().clone().set_requires_grad(true);
  const auto gradients = torch::autograd::grad({function(inputs)}, inputs);
  for (size_t which = 0; which < inputs.size(); ++which) {
    const at::Tensor gradient = gradients[which].contiguous();
    double* values = inputs[which].data_ptr<double>();
    for (int64_t index = 0; index < inputs[which].numel(); ++index) {
      const at::NoGradGuard no_grad;
      const double kept = values[index];
      values[index] = kept + options.step;
      const double above = function(inputs).item<double>();
      values[index] = kept - options.step;
      const double below = function(inputs).item<double>();
      values[index] = kept;
      const double expected = (above - below) / (2 * options.step), given = gradient.data_ptr<double>()[index];
      if (std::abs(given - expected) > options.absolute + options.relative * std::abs(expected)) {
        return testing::AssertionFailure() << "input " << which << ", element " << index << ": gradient " << given
                                           << ", differences say " << expected;
      }
    }
  }
  return testing::AssertionSuccess();
}

}  // namespace retort::tests
