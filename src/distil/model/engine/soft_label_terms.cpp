#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/soft_cross_entropy.h"

namespace retort::model {

void add_soft_label_terms(const TermContext& context) {
  const auto& options = context.options.soft_labels;
  if (options.weight <= 0) return;
  auto value = [temperature = options.temperature](const TermInputs& in, const nn::Scope&, AfterBackward&) {
    return losses::soft_cross_entropy(in.student.logits / temperature, at::softmax(in.teacher.logits, 1));
  };
  context.terms.push_back({.name = "soft_labels",
                           .weight = options.weight,
                           .student_logits = true,
                           .teacher_logits = true,
                           .value = std::move(value)});
}

}  // namespace retort::model
