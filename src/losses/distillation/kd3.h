// KD3 (Tang et al. 2023, "Distribution Shift Matters for Knowledge Distillation with Webly Collected Images"): a
// student that ends in the teacher's own classifier, taught on pictures that are not the teacher's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::losses {

struct Kd3TransferOptions {
  int64_t factor = 2;  ///< the inner width is the teacher's over this one; >= 1
};

/// Convolutions without bias `transfer.0` (1x1), `transfer.3` (3x3), `transfer.6` (1x1), each with batch normalisation
/// (`.1`, `.4`, `.7`) and ReLU: [B,C,H,W] -> [B,channels,H,W]. Source: KDDD/models/util.py KDDD.
at::Tensor kd3_transferred(const nn::Scope& scope, const at::Tensor& map, int64_t channels,
                           const Kd3TransferOptions& options = {});

struct Kd3Maps {
  at::Tensor student;  ///< [B,D,h,w], transferred
  at::Tensor teacher;  ///< [B,D,h,w]
};

/// Brings the student's last map to the teacher's width by kd3_transferred(); the larger map is averaged down first.
/// [B,C,H,W] and [B,D,H',W']. Source: paper, section 3.2; KDDD/models/util.py KDDD.
Kd3Maps kd3_transfer(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                     const Kd3TransferOptions& options = {});

/// Logits [B,K] of a map [B,D,h,w] under the teacher's classifier: pooled, times `weight` [K,D], plus `bias` [K].
at::Tensor shared_classifier_logits(const at::Tensor& map, const at::Tensor& weight, const at::Tensor& bias);

struct Kd3FeatureLoss {
  at::Tensor value;    ///< []
  at::Tensor weights;  ///< [B] in (0.5, 1), without gradient
};

/// Mean squared difference of the maps, each picture weighed by the sigmoid of the distance of its logits (1e-6 added
/// to every difference): what they still disagree on counts more. [B,C,H,W] and [B,K] twice. Source: paper, equation 6;
/// KDDD/helper/loops.py weight_mse_loss, train_distill. For many classes the weights are all but 1.
Kd3FeatureLoss kd3_weighted_feature_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                                         const at::Tensor& student_logits, const at::Tensor& teacher_logits);

}  // namespace retort::losses
