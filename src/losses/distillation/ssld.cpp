#include "losses/distillation/ssld.h"

#include <ATen/ATen.h>

#include <numbers>

#include "core/registries.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor symmetric_kl_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                             const SymmetricKlOptions& options) {
  require_shapes("ssld", {{"student logits", student_logits, "[B,C]"}, {"teacher logits", teacher_logits, "[B,C]"}});
  const at::Tensor student = at::softmax(student_logits, 1), teacher = at::softmax(teacher_logits, 1);
  const at::Tensor log_ratio = options.eps > 0
                                   ? (teacher + options.eps).log() - (student + options.eps).log()
                                   : at::log_softmax(teacher_logits, 1) - at::log_softmax(student_logits, 1);
  // Both divergences have the same logarithms: sum (t - s) (log t - log s).
  return ((teacher - student) * log_ratio).sum(1).mean() / 2;
}

at::Tensor jensen_shannon_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits) {
  require_shapes("ssld", {{"student logits", student_logits, "[B,C]"}, {"teacher logits", teacher_logits, "[B,C]"}});
  const at::Tensor student = at::log_softmax(student_logits, 1), teacher = at::log_softmax(teacher_logits, 1);
  const at::Tensor middle = at::logaddexp(student, teacher) - std::numbers::ln2;
  return (student.exp() * (student - middle) + teacher.exp() * (teacher - middle)).sum(1).mean() / 2;
}

}  // namespace retort::losses

namespace retort {

void register_ssld(Registries& registries) {
  registries.parity.add(
      "model.ssld.js_loss",
      losses::parity_of_pair({.summary = "divergence of class probabilities, both ways",
                              .source = "PaddlePaddle/PaddleClas @d178931fc, ppcls/loss/dmlloss.py DMLLoss",
                              .name = "logits",
                              .student_pattern = "[B,C]",
                              .teacher_pattern = "[B,C]",
                              .options = {"eps"},
                              .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                losses::SymmetricKlOptions options;
                                options.eps = call.number("eps", options.eps);
                                return losses::symmetric_kl_loss(student, teacher, options);
                              }}));
}

}  // namespace retort
