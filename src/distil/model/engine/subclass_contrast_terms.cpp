#include <ATen/ATen.h>

#include <utility>

#include "distil/model/engine/subclass_network.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/subclass_contrast.h"

namespace retort::model {

void add_subclass_terms(const TermContext& context) {
  const auto& options = context.options.subclass_contrast;
  if (options.weight <= 0) return;
  const bool several = context.student.outputs_per_class > 1;
  LossTerm term{.name = "subclass_contrast", .weight = options.weight};
  if (several) term.student_taps = {subclass_logits_tap};
  term.student_logits = true;
  term.uses_teacher = false;
  term.value = [several, temperature = options.temperature](const TermInputs& in, const nn::Scope&, AfterBackward&) {
    return losses::subclass_contrast_loss(several ? in.student.taps->at(subclass_logits_tap) : in.student.logits,
                                          temperature);
  };
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
