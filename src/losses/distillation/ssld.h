// SSLD (Cui et al. 2021, "Beyond Self-Supervision: A Simple Yet Effective Network Distillation Alternative to Improve
// Backbones"): soft outputs alone, both ways.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct SymmetricKlOptions {
  double eps = 1e-12;  ///< added to both probabilities within the logarithms, >= 0; 0: exact, by log-softmax
};

/// (KL(teacher || student) + KL(student || teacher)) / 2, mean over the batch: [B,C] logits -> []. What the authors
/// call Jensen-Shannon divergence. With eps a very sure student loses gradient. Source: PaddleClas,
/// ppcls/loss/dmlloss.py DMLLoss.
at::Tensor symmetric_kl_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                             const SymmetricKlOptions& options = {});

/// (KL(student || m) + KL(teacher || m)) / 2 with m the mean of both distributions: the divergence of that name in
/// textbooks, between 0 and log 2. [B,C] logits -> [], mean over the batch. Lin, "Divergence measures based on the
/// Shannon entropy", 1991.
at::Tensor jensen_shannon_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits);

}  // namespace retort::losses
