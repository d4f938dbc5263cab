// A simple recipe (Miles and Mikolajczyk 2024, "Understanding the Role of the Projector in Knowledge Distillation").
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/scope.h"

namespace retort::losses {

/// log of the sum over all elements of |s - t|^exponent, [B,D] both -> []. Equal features give log of the smallest
/// normal float32 and no gradient (the authors' code: minus infinity).
at::Tensor log_sum_difference(const at::Tensor& student, const at::Tensor& teacher, double exponent);

/// Each column of [B,D] to mean 0 and variance 1 over the batch: (x - mean) / sqrt(biased variance + eps), a batch
/// normalisation without weights.
at::Tensor standardized_over_batch(const at::Tensor& features, double eps);

struct SrdOptions {
  double exponent = 4.0;     ///< of the absolute differences; >= 1
  double temperature = 1.0;  ///< softens both distributions; > 0
};

/// 2 log_sum_difference(features) + KL(teacher || student) WITHOUT temperature^2. Features [B,D] are projected
/// (student) and batch-normalised (both) already, as in srd_feature_loss; logits [B,C]. Source: torchdistill,
/// losses/mid_level.py SRDLoss. The cross-entropy is added by the trainer.
at::Tensor srd_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const at::Tensor& student_logits, const at::Tensor& teacher_logits, const SrdOptions& options = {});

struct SrdFeatureOptions {
  double eps = 1e-4;      ///< of both batch normalisations; > 0
  double exponent = 4.0;  ///< of the absolute differences; >= 1
};

struct SrdFeatures {
  at::Tensor loss;              ///< log_sum_difference of the two, []
  at::Tensor student, teacher;  ///< [B,E] both, standardised over the batch
};

/// The student's pooled features [B,D] pass the linear `projector` to the teacher's width; both are standardised over
/// the batch. teacher_features [B,E]. Derived from the paper.
SrdFeatures srd_feature_loss(const nn::Scope& scope, const at::Tensor& student_features,
                             const at::Tensor& teacher_features, const SrdFeatureOptions& options = {});

}  // namespace retort::losses
