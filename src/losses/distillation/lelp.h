// LELP (Loo et al. 2024, "Linear Projections of Teacher Embeddings for Few-Class Distillation"): each class is split
// into pseudo-subclasses by where the teacher's embedding lies, and the student learns those.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::losses {

struct SubclassTargetOptions {
  double beta = 1.0;         ///< temperature between a class's subclasses, > 0; large: an even split, which is plain KD
  double temperature = 1.0;  ///< of the teacher's class probabilities, > 0
};

/// Probabilities of all subclasses, class by class: softmax(logits / temperature)_c softmax_s(scores / (scale_c beta)).
/// logits [B,C], scores [B,C,S] (metrics::subclass_scores), scale [C] -> [B,C S], rows sum to 1. A class whose scale is
/// 0 has nothing to split by and is split evenly.
at::Tensor subclass_targets(const at::Tensor& teacher_logits, const at::Tensor& scores, const at::Tensor& scale,
                            const SubclassTargetOptions& options = {});

/// Logarithms of class probabilities [B,C] of subclass logits [B,C S]: summed over each class's S subclasses. What a
/// student of subclasses is evaluated by.
at::Tensor class_log_probabilities(const at::Tensor& subclass_logits, int64_t subclasses);

struct LelpOptions {
  double temperature = 1.0;  ///< of the student, as of the teacher's targets
  double alpha = 0;          ///< weight of the labels' cross-entropy; 1 - alpha on the targets'; in [0, 1]
  int64_t subclasses = 1;    ///< S
};

/// -(1 - alpha) temperature^2 sum targets log softmax(logits / temperature) + alpha times the cross-entropy of the
/// class probabilities at temperature 1, mean over the batch. logits and targets [B,C S], labels [B] -> []. Derived
/// from the paper, whose experiments all have alpha = 0.
at::Tensor lelp_loss(const at::Tensor& student_logits, const at::Tensor& targets, const at::Tensor& labels,
                     const LelpOptions& options);

}  // namespace retort::losses
