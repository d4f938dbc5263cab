// Dual-head optimisation (Kang et al. 2025, "Simple Semi-supervised Knowledge Distillation from Vision-Language Models
// via Dual-Head Optimization"): one head learns from labels, another from the teacher, on the same features.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct DhoOptions {
  double temperature = 2.0;           ///< of both distributions, > 0
  double cross_entropy_weight = 0.5;  ///< 1 in the authors' CLIP-ViT trainer
  double distillation_weight = 0.5;   ///< likewise
};

/// What one step compares. The label head sees labelled pictures alone, the teacher's head both kinds.
struct DhoBatch {
  at::Tensor label_head;                 ///< [B,C] logits of labelled pictures
  at::Tensor teacher_head_labelled;      ///< [B,C]
  at::Tensor teacher_head_unlabelled;    ///< [U,C]
  at::Tensor teacher_logits_labelled;    ///< [B,C]
  at::Tensor teacher_logits_unlabelled;  ///< [U,C]
  at::Tensor labels;                     ///< [B] int64
};

/// cross_entropy_weight CE(label head, labels) + distillation_weight (KD on labelled + KD on unlabelled pictures), KD =
/// temperature^2 KL(teacher || teacher's head), mean over each batch of its own -> []. Source: erjui/DHO,
/// train_others.py train_student.
at::Tensor dho_loss(const DhoBatch& batch, const DhoOptions& options = {});

struct DhoMixture {
  double alpha = 0.5;  ///< share of the label head, in [0, 1]
  double beta = 0.5;   ///< temperature of the teacher's head, > 0
};

/// alpha softmax(label head) + (1 - alpha) softmax(teacher's head / beta): [N,C] both -> [N,C]. Source: erjui/DHO,
/// train_others.py evaluate.
at::Tensor dho_probabilities(const at::Tensor& label_head, const at::Tensor& teacher_head,
                             const DhoMixture& mixture = {});

struct DhoSearchResult {
  double accuracy = 0;  ///< percent
  DhoMixture mixture;
};

/// The mixture of the highest accuracy on held-out pictures: beta 0.5, 0.75, 1, 1.25, 1.5, 2, 4, within each alpha 0,
/// 0.05 ... 1; the first of equals. [N,C] logits, labels int64 [N]. Source: erjui/DHO, train_others.py
/// evaluate(search_param=True).
DhoSearchResult search_dho_mixture(const at::Tensor& label_head, const at::Tensor& teacher_head,
                                   const at::Tensor& labels);

}  // namespace retort::losses
