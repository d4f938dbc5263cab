// Similarity-preserving distillation (Tung and Mori 2019).
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// Products between the samples of a batch (maps flattened), [B,B], each row divided by its length; squared difference
/// of student and teacher, summed, over B^2. [B,...] both, widths and sizes may differ -> []. Source:
/// mdistiller, distillers/SP.py similarity_loss.
at::Tensor sp_loss(const at::Tensor& student_features, const at::Tensor& teacher_features);

}  // namespace retort::losses
