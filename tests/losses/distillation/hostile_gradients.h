// Gradients on input that divides by zero when written naively.
#pragma once

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>

namespace retort::losses {

/// The loss of `student` is finite, and so is its gradient, element by element and below `largest`.
inline testing::AssertionResult finite_with_gradient(const std::function<at::Tensor(const at::Tensor&)>& loss,
                                                     const at::Tensor& student, double largest = 1e6) {
  const at::Tensor leaf = student.detach().clone().set_requires_grad(true);
  const at::Tensor value = loss(leaf);
  if (!value.isfinite().all().item<bool>()) return testing::AssertionFailure() << "the loss is " << value;
  if (!value.requires_grad()) return testing::AssertionFailure() << "the loss has no gradient";
  const at::Tensor gradient = torch::autograd::grad({value}, {leaf}, {}, {}, false, /*allow_unused=*/true)[0];
  if (!gradient.defined()) return testing::AssertionSuccess();
  if (gradient.isfinite().all().item<bool>() && gradient.abs().max().item<double>() < largest) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "the gradient is " << gradient;
}

}  // namespace retort::losses
