// MEAL V2 (Shen and Savvides 2020, "Boosting Vanilla ResNet-50 to 80%+ Top-1 Accuracy on ImageNet without Tricks"): an
// ensemble's soft labels and a discriminator.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::losses {

struct EnsembleTargets {
  at::Tensor probabilities;  ///< [B,C], mean of the softmaxes: the soft labels
  at::Tensor logits;         ///< [B,C], mean of the logits: what the discriminator sees
};

/// Targets of K teachers, logits [K,B,C]. Source: MEAL-V2, extensions/teacher_wrapper.py.
EnsembleTargets ensemble_targets(const at::Tensor& teacher_logits);

struct DiscriminatorOptions {
  int64_t reduction = 8;    ///< each hidden layer is as wide as the one before over this, rounded down
  int64_t least_width = 1;  ///< and at least so wide; above 1 not the authors', for few classes
};

struct DiscriminatorLoss {
  at::Tensor value;   ///< []
  at::Tensor scores;  ///< [2B,2] not negative, the student's rows first
};

/// `conv1`, `conv2`, `conv3` (1x1 with bias, each with a ReLU, the last one of width 2) on logits as maps of one pixel;
/// binary cross-entropy with the targets (1,0) for the student's rows and (0,1) for the teachers', mean over all 4B
/// numbers. [B,C] logits both. Student and discriminator minimise it together: it keeps the student distinguishable
/// from its teachers. Where the last ReLU is dead the loss is log 2 and has no gradient. Source: MEAL-V2,
/// models/discriminator.py and loss.py discriminatorLoss.
DiscriminatorLoss discriminator_loss(const nn::Scope& scope, const at::Tensor& student_logits,
                                     const at::Tensor& teacher_logits, const DiscriminatorOptions& options = {});

}  // namespace retort::losses
