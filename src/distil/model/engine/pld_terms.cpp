#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/pld.h"

namespace retort::model {

void add_pld_terms(const TermContext& context) {
  const auto& options = context.options.pld;
  if (options.weight <= 0) return;
  context.terms.push_back({.name = "pld",
                           .weight = options.weight,
                           .student_logits = true,
                           .teacher_logits = true,
                           .needs_plain_labels = true,
                           .value = [o = options](const TermInputs& in, const nn::Scope&, AfterBackward&) {
                             return losses::pld_loss(in.student.logits, in.teacher.logits, in.labels,
                                                     {.temperature = o.temperature, .weights = o.ranks});
                           }});
}

}  // namespace retort::model
