// Cross-entropy with probabilities as labels.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// -sum_c soft_labels log softmax(student_logits), mean over the batch; [B,C] both -> []. The divergence from the soft
/// labels up to their entropy, so with the same gradient. Source: szq0214/MEAL-V2, extensions/kd_loss.py KLLoss (in
/// training); szq0214/FKD, utils_FKD.py Soft_CrossEntropy; PaddleClas, ppcls/loss/celoss.py CELoss, where the labels
/// are the softmax of the teacher's logits.
at::Tensor soft_cross_entropy(const at::Tensor& student_logits, const at::Tensor& soft_labels);

}  // namespace retort::losses
