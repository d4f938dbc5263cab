// Plackett-Luce distillation (2025, "PLD: A Choice-Theoretic List-Wise Knowledge Distillation"): the student learns the
// order in which the teacher would choose the classes, the true one first.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace retort::losses {

/// What a rank weighs: the teacher's probability of the class there (PLD); 1/C (ListMLE); 2^(C-k) - 1 for rank k = 1
/// ... C, over their sum (position-aware ListMLE); 1 for the first rank alone, which is cross-entropy.
enum class PldWeights { teacher, uniform, position, first };
inline std::vector<std::string> choices(PldWeights) { return {"teacher", "uniform", "position", "first"}; }

struct PldOptions {
  double temperature = 1.0;  ///< of the teacher's probabilities as weights, > 0; the student's is always 1
  PldWeights weights = PldWeights::teacher;
};

/// The classes from best to worst: the label, then the others by falling teacher logit (equal ones by index). [B,C],
/// [B] int64 -> [B,C] int64.
at::Tensor pld_permutation(const at::Tensor& teacher_logits, const at::Tensor& labels);

/// Weighted negative log-likelihood of that order under the student's Plackett-Luce model, mean over the batch:
/// sum_k weight_k (logsumexp of the student's logits from rank k on - the one at rank k). Stands alone: it holds the
/// cross-entropy as its first factor and is not multiplied by temperature^2. [B,C] logits, labels [B] -> []. Source:
/// the paper's appendix C; the teacher-softened weights are those of the whole softmax, so a teacher in error gives the
/// first rank a small one.
at::Tensor pld_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                    const PldOptions& options = {});

}  // namespace retort::losses
