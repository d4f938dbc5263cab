// Variational information distillation (Ahn et al. 2019): the teacher's map under a Gaussian that the student predicts.
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/scope.h"

namespace retort::losses {

struct VidOptions {
  double eps = 1e-5;            ///< least variance; > 0
  double initial_variance = 5;  ///< what each channel starts with; > eps
};

/// Mean of ((m - t)^2 / v + log v) / 2, with the mean m from three 1x1 convolutions of the student's map without bias
/// and ReLU between them (`regressor.0`, `.2`, `.4`, all as wide as the teacher) and a variance per channel, v = log(1
/// + exp(log_scale)) + eps. [B,C,H,W] and [B,D,h,w], the larger one averaged down -> []. Source: paper; RepDistiller,
/// distiller_zoo/VID.py. `log_scale` [D] is learned, as there and in the paper (mdistiller leaves it out of its
/// optimiser).
at::Tensor vid_loss(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const VidOptions& options = {});

/// The loss for a given mean [B,D,h,w].
at::Tensor gaussian_map_loss(const at::Tensor& mean, const at::Tensor& teacher, const at::Tensor& log_scale,
                             double eps);

/// log_scale that gives `variance`: log(exp(variance - eps) - 1).
double log_scale_of(double variance, double eps);

}  // namespace retort::losses
