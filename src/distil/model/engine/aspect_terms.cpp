#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/aspect_network.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/multi_aspect_kd.h"

namespace retort::model {

void add_aspect_terms(const TermContext& context) {
  const auto& options = context.options.aspects;
  if (options.weight <= 0) return;
  if (context.student.further_outputs == 0)
    user_error("loss.aspects: student.aspects should name the file of answers that this term learns from");
  context.terms.push_back(
      {.name = "aspects",
       .weight = options.weight,
       .student_taps = {all_outputs_tap},
       .student_logits = true,
       .uses_teacher = false,
       .needs_plain_labels = true,
       .value = [](const TermInputs& in, const nn::Scope&, AfterBackward&) {
         RT_CHECK(in.aspects_of_set.defined(), "the term 'aspects' needs the answers of the training set");
         const auto answers = in.aspects_of_set.index_select(0, in.sample_index);
         return losses::multi_aspect_loss(in.student.taps->at(all_outputs_tap), answers, in.labels).aspect;
       }});
}

}  // namespace retort::model
