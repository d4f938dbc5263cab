#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/soft_cross_entropy.h"

namespace retort::model {

void add_soft_label_terms(const TermContext& context) {
  const auto& options = context.options.soft_labels;
  if (options.weight <= 0) return;
  context.terms.push_back(
      logit_term("soft_labels", options.weight, [temperature = options.temperature](const TermInputs& in) {
        return losses::soft_cross_entropy(in.student.logits / temperature, at::softmax(in.teacher.logits, 1));
      }));
}

}  // namespace retort::model
