// Activation boundaries (Heo et al. 2019).
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace retort::losses {

struct AbOptions {
  double margin = 1.0;  ///< how far beyond zero the student's pre-activation is pushed; > 0
};

/// The student's pre-activations s are pushed to the teacher's side of zero: (s + m)^2 where s > -m and t <= 0 (a
/// teacher value of exactly 0 is off), (s - m)^2 where s <= m and t > 0, summed, over the batch size, times 3/1000;
/// stage k of n weighs 2^(k - n + 1). Lists of [B,C,H,W] before the activation, the student's behind its connector ->
/// []. Source: paper; RepDistiller, distiller_zoo/AB.py ABLoss. An initial stage of training, before plain
/// cross-entropy.
at::Tensor ab_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features,
                   const AbOptions& options = {});

/// The sum of one stage, without any factor.
at::Tensor activation_boundary_sum(const at::Tensor& student, const at::Tensor& teacher, double margin);

}  // namespace retort::losses
