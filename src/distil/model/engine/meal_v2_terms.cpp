#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "losses/distillation/meal_v2.h"
#include "losses/distillation/soft_cross_entropy.h"

namespace retort::model {

namespace {
/// Both networks minimise the sum with the discriminator; nothing is played against anything.
at::Tensor meal_value(const MealTerm& o, const TermInputs& in, const nn::Scope& scope) {
  const auto& student = in.student.logits;
  const auto soft_labels = at::softmax(in.teacher.logits, 1);
  const auto similarity = losses::soft_cross_entropy(student, soft_labels);
  if (o.discriminator_weight <= 0) return similarity;
  const losses::DiscriminatorOptions options{.reduction = o.reduction, .least_width = o.least_width};
  const auto scope_of_discriminator = scope / "discriminator";
  if (o.judged == JudgedOutputs::probabilities)
    return similarity +
           o.discriminator_weight *
               losses::discriminator_loss(scope_of_discriminator, at::softmax(student, 1), soft_labels, options).value;
  // A single teacher's logits are their own mean.
  const auto& teachers = in.teacher.mean_logits.defined() ? in.teacher.mean_logits : in.teacher.logits;
  return similarity +
         o.discriminator_weight * losses::discriminator_loss(scope_of_discriminator, student, teachers, options).value;
}
}  // namespace

void add_meal_v2_terms(const TermContext& context) {
  const auto& options = context.options.meal_v2;
  if (options.weight <= 0) return;
  auto value = [o = options](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    return meal_value(o, in, scope);
  };
  context.terms.push_back({.name = "meal_v2",
                           .weight = options.weight,
                           .student_logits = true,
                           .teacher_logits = true,
                           .value = std::move(value)});
}

}  // namespace retort::model
