// Inter-channel correlation distillation (Liu et al. 2021).
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// Products between the channels of each sample (over positions), [B,C,C], each row divided by its length; squared
/// difference of student and teacher, summed, over C B^2. [B,C,H,W] and [B,C,h,w] of equal width -> []. Source:
/// torchdistill, losses/mid_level.py ChSimLoss, whose quirk is kept: the batch size divides twice.
at::Tensor ickd_loss(const at::Tensor& student_features, const at::Tensor& teacher_features);

}  // namespace retort::losses
