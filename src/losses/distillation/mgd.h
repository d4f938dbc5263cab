// Masked generative distillation (Yang et al. 2022).
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nn/scope.h"

namespace retort::losses {

/// What one random number decides on: a whole channel of a sample (classification) or a position (dense prediction).
enum class MgdMask { channel, position };
std::vector<std::string> choices(MgdMask mask);

struct MgdOptions {
  MgdMask mask = MgdMask::channel;
  double mask_ratio = 0.15;  ///< share that is masked, in [0, 1)
  double alpha = 7e-5;       ///< weight
};

/// alpha / B sum (generator(mask * align(s)) - t)^2: the generator makes the teacher's whole map from a masked student
/// map. `align`: 1x1 convolution, only when the widths differ; `generation.0`, ReLU, `generation.2`: 3x3 convolutions.
/// `noise` is uniform in [0, 1): [B,D,1,1] for channels (kept where >= mask_ratio), [B,1,H,W] for positions (kept where
/// <= 1 - mask_ratio). [B,C,H,W] and [B,D,H,W] -> []. Source: paper; yzd-v/MGD, cls/mmcls and seg/mmseg,
/// distillation/losses/mgd.py.
at::Tensor mgd_loss(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const at::Tensor& noise, const MgdOptions& options = {});

}  // namespace retort::losses
