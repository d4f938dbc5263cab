// Channel-wise distillation (Shu et al. 2021, "Channel-wise Knowledge Distillation for Dense Prediction").
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct CwdOptions {
  double temperature = 4.0;  ///< softens each channel's distribution over positions; > 0
};

/// Each channel as a distribution over its positions, softmax(map / temperature): divergence of the student's from the
/// teacher's, mean over the B*C channels, times temperature^2. [B,C,H,W] both: maps or segmentation logits.
at::Tensor cwd_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const CwdOptions& options = {});

struct CwdCrossEntropyOptions {
  double temperature = 1.0;  ///< softens each channel's distribution over positions; > 0
};

/// The same without the teacher's entropy taken off: another value, the same gradient. Source: G2SD, G2SD_seg_dis,
/// distillation/losses/cwd.py ChannelWiseDivergence.
at::Tensor cwd_cross_entropy_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                                  const CwdCrossEntropyOptions& options = {});

}  // namespace retort::losses
