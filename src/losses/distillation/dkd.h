// Decoupled knowledge distillation (Zhao et al. 2022, "Decoupled Knowledge Distillation").
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct DkdOptions {
  double alpha = 1.0;        ///< weight of the target-class term
  double beta = 8.0;         ///< weight of the term between the other classes
  double temperature = 4.0;  ///< softens both distributions; > 0
};

struct DkdTerms {
  at::Tensor target;      ///< TCKD: divergence of [p_label, 1 - p_label], times temperature^2, mean over the batch
  at::Tensor non_target;  ///< NCKD: divergence between the other classes, likewise
};

/// The two terms, [B,C] logits, labels [B] int64 in [0, C). UserError for a single class: there is
/// nothing beside the target. The true class is taken out of the second softmax by subtracting 1000 after the division
/// by the temperature, as in mdistiller, distillers/DKD.py. 1 - p_label is a log-sum over the other classes: where the
/// authors' code underflows to log 0 (a sample all but certain), this one stays finite.
DkdTerms dkd_terms(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                   double temperature);

/// alpha TCKD + beta NCKD -> [].
at::Tensor dkd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                    const DkdOptions& options = {});

}  // namespace retort::losses
