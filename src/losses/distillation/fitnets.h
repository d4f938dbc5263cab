// FitNets (Romero et al. 2015): the student's map of a middle stage, regressed to the teacher's.
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/scope.h"

namespace retort::losses {

struct FitnetsOptions {
  bool use_relu = true;  ///< the regressor ends in a ReLU; false for maps before their activation
};

/// The regressor: [B,C,Hs,Ws] -> [B,channels,height,width] by `conv` (with bias) and batch normalisation `bn`. Hs = 2
/// height: 3x3, stride 2, padding 1; 2 Hs = height: transposed 4x4, stride 2, padding 1; Hs >= height: kernel 1 + Hs -
/// height by 1 + Ws - width. UserError when none of these fits. Source: mdistiller, distillers/_common.py ConvReg.
at::Tensor regressed_map(const nn::Scope& scope, const at::Tensor& student_features, int64_t channels, int64_t height,
                         int64_t width, const FitnetsOptions& options = {});

struct FitnetsResult {
  at::Tensor loss;      ///< mean squared difference, []
  at::Tensor features;  ///< the regressed map, shaped as the teacher's
};

/// Source: mdistiller, distillers/FitNet.py. One stage of training; the paper trains the hint first and alone.
FitnetsResult fitnets_loss(const nn::Scope& scope, const at::Tensor& student_features,
                           const at::Tensor& teacher_features, const FitnetsOptions& options = {});

}  // namespace retort::losses
