// Prime-aware adaptive distillation (Zhang et al. 2020).
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct PadOptions {
  double eps = 1e-6;  ///< added to the variance; > 0
};

/// Stage 2: mean over the elements of (t - s)^2 / (eps + exp(log_variance)) + log_variance. [B,D] each; the
/// log-variance comes from a branch on the student's embedding -> []. Stage 1 is the plain mean squared difference.
/// Source: torchdistill, losses/mid_level.py PADL2Loss.
at::Tensor pad_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                    const at::Tensor& log_variance, const PadOptions& options = {});

}  // namespace retort::losses
