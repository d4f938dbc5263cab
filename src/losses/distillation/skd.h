// Streamlined knowledge distillation (Jeong et al. 2026).
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct SkdInstanceOptions {
  double temperature = 4.0;  ///< softens both distributions; > 0
};

/// Instance term: divergence of softened class probabilities WITHOUT temperature^2, [B,C] both -> []. Source:
/// torchdistill, losses/mid_level.py SKDInstanceLoss.
at::Tensor skd_instance_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                             const SkdInstanceOptions& options = {});

struct SkdDirectionOptions {
  double tikhonov = 0.1;  ///< added to the diagonal of the covariance; > 0
};

/// Direction term: D = difference of the cosines between the samples of a batch, [B,B]; mean over the rows d of
/// sqrt(d' (cov(D) + tikhonov I)^-1 d). [B,C] both -> []. Source: torchdistill, losses/mid_level.py SKDDirectionLoss.
/// Rows of zeros have gradient zero (the authors' code: NaN); a batch of one loses 0.
at::Tensor skd_direction_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                              const SkdDirectionOptions& options = {});

}  // namespace retort::losses
