// Likeness of two representations of the same samples.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::metrics {

/// Linear centred kernel alignment of features [N,D] and [N,E]: |y^T x|^2 / (|x^T x| |y^T y|) with columns centred and
/// Frobenius norms; in [0,1], 1 for features that a rotation and a scale make equal, 0 where either doesn't vary.
/// Differentiable. UserError for other shapes. Source: Kornblith et al., "Similarity of Neural Network Representations
/// Revisited", ICML 2019, section 3.
at::Tensor linear_cka(const at::Tensor& x, const at::Tensor& y);

}  // namespace retort::metrics
