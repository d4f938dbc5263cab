// Logit standardisation (Sun et al. 2024, "Logit Standardization in Knowledge Distillation").
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct LogitStandardizationOptions {
  double temperature = 2.0;  ///< softens the standardised logits; > 0
  double alpha = 0.1;        ///< weight of the cross-entropy; 1 - alpha is on the divergence; in [0, 1]
};

/// (z - mean) / (deviation + 1e-7) over the classes of [B,C], with the unbiased deviation. Equal logits
/// give zeros. UserError for a single class, which has no deviation.
at::Tensor standardized_logits(const at::Tensor& logits);

/// alpha CE(raw student logits, labels) + (1 - alpha) temperature^2 KL of the standardised logits -> []. Source:
/// torchdistill, losses/mid_level.py LogitStdKDLoss, whose quirk is kept: alpha = 0 gives the divergence WITHOUT
/// temperature^2.
at::Tensor logit_standardization_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                                      const at::Tensor& labels, const LogitStandardizationOptions& options = {});

}  // namespace retort::losses
