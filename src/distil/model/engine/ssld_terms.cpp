#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/soft_cross_entropy.h"
#include "losses/distillation/ssld.h"

namespace retort::model {

namespace {
at::Tensor ssld_value(const SsldTerm& o, const at::Tensor& student, const at::Tensor& teacher) {
  switch (o.form) {
    case SsldForm::symmetric_kl:
      return losses::symmetric_kl_loss(student, teacher, {.eps = o.epsilon});
    case SsldForm::js:
      return losses::jensen_shannon_loss(student, teacher);
    case SsldForm::kl:
      return losses::kd_loss(student, teacher, {.temperature = 1});
    case SsldForm::ce:
      return losses::soft_cross_entropy(student, at::softmax(teacher, 1));
  }
  fault("ssld: a form without a loss");
}
}  // namespace

void add_ssld_terms(const TermContext& context) {
  const auto& options = context.options.ssld;
  if (options.weight <= 0) return;
  context.terms.push_back(logit_term("ssld", options.weight, [o = options](const TermInputs& in) {
    return ssld_value(o, in.student.logits, in.teacher.logits);
  }));
}

}  // namespace retort::model
