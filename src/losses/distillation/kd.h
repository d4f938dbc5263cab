// Knowledge distillation of Hinton et al. 2015 ("Distilling the Knowledge in a Neural Network"): softened class
// probabilities of the teacher as targets.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// KL(softmax(teacher / temperature) || softmax(student / temperature)) over the last axis, summed, divided by the
/// number of rows; without the factor temperature^2. [...,C] both.
at::Tensor softened_divergence(const at::Tensor& student_logits, const at::Tensor& teacher_logits, double temperature);

struct KdOptions {
  double temperature = 4.0;  ///< softens both distributions; > 0
};

/// temperature^2 softened_divergence(...), [B,C] both -> []. Source: Hinton et al., section 2; mdistiller,
/// distillers/KD.py kd_loss.
at::Tensor kd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const KdOptions& options = {});

struct WeightedKdOptions {
  double temperature = 1.0;  ///< softens both distributions; > 0
  double alpha = 0.5;        ///< weight of the cross-entropy; 1 - alpha is on the divergence; in [0, 1]
};

/// alpha CE(student_logits, labels) + (1 - alpha) temperature^2 divergence, or `divergence` itself when alpha is 0: how
/// torchdistill weighs its divergences. labels [B] int64.
at::Tensor weighted_with_cross_entropy(const at::Tensor& divergence, const at::Tensor& student_logits,
                                       const at::Tensor& labels, const WeightedKdOptions& options);

/// alpha CE(student, labels) + (1 - alpha) temperature^2 KL. Source: torchdistill, losses/mid_level.py KDLoss, whose
/// quirk is kept: alpha = 0 gives the divergence WITHOUT temperature^2. Teacher-free distillation (Yuan et al. 2020) is
/// this loss with a teacher of the student's own architecture. labels [B] int64.
at::Tensor weighted_kd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                            const at::Tensor& labels, const WeightedKdOptions& options = {});

}  // namespace retort::losses
