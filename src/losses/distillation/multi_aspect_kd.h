// Multi-aspect distillation (Lee et al. 2025, "Multi-aspect Knowledge Distillation with Large Language Model"): further
// outputs of the student answer yes-or-no questions as a multimodal language model does.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct MultiAspectOptions {
  double alpha = 1.0;                 ///< weight of the aspects (the shipped configuration has 4)
  double cross_entropy_weight = 1.0;  ///< of the labels
};

struct MultiAspectLoss {
  at::Tensor value;   ///< [], the weighted sum
  at::Tensor aspect;  ///< [], binary cross-entropy, mean over the batch and the questions
};

/// cross_entropy_weight CE(the first C logits, labels) + alpha BCE(the last N, aspect_probabilities). student_logits
/// [B,C
/// + N], aspect_probabilities [B,N] in [0,1], labels [B] in [0,C). UserError when no class is left. Source:
/// taegyeong-lee/Multi-aspect-Knowledge-Distillation, mdistiller/distillers/MaKD.py.
MultiAspectLoss multi_aspect_loss(const at::Tensor& student_logits, const at::Tensor& aspect_probabilities,
                                  const at::Tensor& labels, const MultiAspectOptions& options = {});

/// Probability of "yes" among the two answers from the logits of the first token generated: [B] both -> [B].
at::Tensor yes_probability(const at::Tensor& yes_logit, const at::Tensor& no_logit);

}  // namespace retort::losses
