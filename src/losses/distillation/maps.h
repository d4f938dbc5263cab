// Operations on vectors and feature maps that several distillation losses share.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <utility>
#include <vector>

namespace retort::losses {

/// Each vector along the last axis divided by its length; a vector of length 0 stays 0. As PyTorch's normalize, but the
/// gradient at a zero vector is 0 where that one gives 1e12 times the incoming gradient.
at::Tensor unit_or_zero(const at::Tensor& vectors);

/// Maps [B,C,H,W] of the student and the teacher, the larger one averaged down (adaptive average pooling) to the height
/// and width of the smaller one. The authors' codes assume square maps; here each axis takes its own smaller size.
std::pair<at::Tensor, at::Tensor> averaged_to_smaller(const at::Tensor& student, const at::Tensor& teacher);

/// Adaptive average pooling to `height` x `width`; the map itself when it has that size.
at::Tensor averaged_to(const at::Tensor& map, int64_t height, int64_t width);

/// Sum of `loss(student, teacher, stage)` over the stages of two lists of equal length.
at::Tensor sum_over_stages(
    const std::vector<at::Tensor>& students, const std::vector<at::Tensor>& teachers,
    const std::function<at::Tensor(const at::Tensor& student, const at::Tensor& teacher, size_t stage)>& loss);

/// Mean squared difference over all elements.
at::Tensor mean_squared_difference(const at::Tensor& first, const at::Tensor& second);

}  // namespace retort::losses
