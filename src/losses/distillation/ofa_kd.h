// OFA-KD (Hao et al. 2023, "One-for-All: Bridge the Gap Between Heterogeneous Architectures in Knowledge
// Distillation"): every stage of the student, through a branch of its own, imitates the teacher's logits.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace retort::losses {

/// What gamma raises: every class's weight, as the code on which the results rest; the true class's alone, as the
/// paper's formula, whose target term keeps the labels' cross-entropy.
enum class OfaForm { code, paper };
inline std::vector<std::string> choices(OfaForm) { return {"code", "paper"}; }

struct OfaOptions {
  double gamma = 1.0;        ///< >= 1; more: an unsure teacher weighs less
  double temperature = 1.0;  ///< of both, > 0
  OfaForm form = OfaForm::code;
};

/// Cross-entropy against weights of the teacher's probabilities q, mean over the batch: code, (q + one_hot)^gamma -
/// one_hot; paper, (1 + q)^gamma for the true class and q for the others. Not multiplied by temperature^2. [B,C]
/// logits, labels [B] -> []. Used for the final logits and for each branch's. Source: Hao840/OFAKD, distillers/ofa.py
/// ofa_loss.
at::Tensor ofa_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                    const OfaOptions& options = {});

}  // namespace retort::losses
