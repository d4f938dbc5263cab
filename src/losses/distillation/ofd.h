// Overhaul of feature distillation (Heo et al. 2019, "A Comprehensive Overhaul of Feature Distillation"): maps before
// the last ReLU of each stage, the teacher's negative side replaced by a margin per channel.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nn/scope.h"

namespace retort::losses {

/// Expected value of the teacher's negative responses, from the batch normalisation before the ReLU: with s = |gamma|
/// and m = beta, m - s exp(-(m/s)^2 / 2) / (sqrt(2 pi) Phi(-m/s)) where Phi(-m/s) > 0.001, else -3 s. gamma and beta
/// [C] -> [C], at most 0. Computed in float64. A channel with gamma = 0 is constant: min(beta, 0). Source: paper;
/// mdistiller, distillers/OFD.py.
at::Tensor ofd_margin(const at::Tensor& gamma, const at::Tensor& beta);

/// Partial L2 with margin r: (s - r)^2 where s > r and t <= r; (s - t)^2 where s > t and r < t <= 0;
/// (s - t)^2 where t > 0; mean over the batch, sum over C, H, W. [B,C,H,W] both, margin [1,C,1,1] -> []. Source:
/// mdistiller, distillers/OFD.py feat_loss.
at::Tensor ofd_feature_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                            const at::Tensor& margin);

/// Sum over stages of ofd_feature_loss, stage k of n weighing 2^-(n-1-k). The student's maps pass connectors
/// `connectors.connectors.<k>` (adapters.h, 1x1 without bias, starting normal with variance 2 / teacher's width); the
/// teacher's are averaged to the student's size. Lists of [B,C,H,W], [B,D,h,w] and margins [1,D,1,1] -> []. Source:
/// mdistiller, distillers/OFD.py ofd_loss. (There the teacher runs in training mode; here the caller decides.)
at::Tensor ofd_loss(const nn::Scope& scope, const std::vector<at::Tensor>& student_features,
                    const std::vector<at::Tensor>& teacher_features, const std::vector<at::Tensor>& margins);

}  // namespace retort::losses
