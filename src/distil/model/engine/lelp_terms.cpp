#include <ATen/ATen.h>

#include <utility>

#include "core/errors.h"
#include "distil/model/engine/lelp_splits.h"
#include "distil/model/engine/subclass_network.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/lelp.h"
#include "losses/distillation/shapes.h"
#include "metrics/subclass_directions.h"

namespace retort::model {

namespace {
/// What the survey of the training set leaves in the term's memories.
metrics::SubclassDirections remembered_directions(const nn::Scope& scope, int64_t classes, int64_t subclasses,
                                                  int64_t width) {
  const auto zeros = nn::Initialiser::zeros();
  return {.projection = scope.buffer("projection", {width, width}, zeros),
          .means = scope.buffer("means", {classes, width}, zeros),
          .directions = scope.buffer("directions", {classes, subclasses, width}, zeros),
          .scale = scope.buffer("scale", {classes}, zeros)};
}

bool prepare_lelp(const LelpTerm& o, const LelpTeacher& teacher, const TeacherTour& tour, const nn::Scope& scope) {
  const auto seen = see_embeddings(o, teacher, tour);
  if (!seen) return false;
  const auto& embeddings = seen->embeddings;
  const auto classifier =
      seen->classifier.defined() ? seen->classifier : at::zeros({teacher.classes, embeddings.size(1)});
  auto found = metrics::subclass_directions(embeddings, seen->labels, classifier,
                                            {.subclasses = teacher.subclasses, .null_space = o.null_space});
  auto generator = seen->random.child("directions").generator();
  if (o.split == SubclassSplit::random)
    found = metrics::random_directions(found, embeddings, seen->labels, generator);
  else if (o.rotation)
    found.directions = metrics::rotated_directions(found.directions, generator);
  const auto memory = remembered_directions(scope, teacher.classes, teacher.subclasses, embeddings.size(1));
  memory.projection.copy_(found.projection);
  memory.means.copy_(found.means);
  memory.directions.copy_(found.directions);
  memory.scale.copy_(found.scale);
  return true;
}

at::Tensor lelp_value(const LelpTerm& o, const LelpTeacher& teacher, const TermInputs& in, const nn::Scope& scope) {
  const auto& embedding = in.teacher.taps->at(teacher.tap);
  losses::require_shapes("loss.lelp", {{"the teacher's tap", embedding, "[B,D]"}});
  const int64_t width = embedding.size(1);
  if (teacher.subclasses > width)
    user_error(
        "loss.lelp: {} outputs a class by the directions of an embedding of {} numbers; at most {} would be right",
        teacher.subclasses, width, width);
  const auto directions = remembered_directions(scope, teacher.classes, teacher.subclasses, width);
  const auto targets = losses::subclass_targets(in.teacher.logits, metrics::subclass_scores(embedding, directions),
                                                directions.scale, {.beta = o.beta, .temperature = o.temperature});
  const auto& logits = teacher.subclasses > 1 ? in.student.taps->at(subclass_logits_tap) : in.student.logits;
  return losses::lelp_loss(logits, targets, in.labels,
                           {.temperature = o.temperature, .alpha = o.alpha, .subclasses = teacher.subclasses});
}
}  // namespace

void add_lelp_terms(const TermContext& context) {
  const auto& options = context.options.lelp;
  if (options.weight <= 0) return;
  if (options.split != SubclassSplit::principal && options.split != SubclassSplit::random) {
    context.terms.push_back(compared_split_term(context));
    return;
  }
  const LelpTeacher teacher{.tap = teacher_tap(context, "lelp", options.tap, pooled_tap),
                            .classifier = context.teacher == nullptr ? std::string() : context.teacher->classifier,
                            .classes = context.student.classes,
                            .subclasses = context.student.outputs_per_class};
  if (options.null_space && context.teacher == nullptr) classifier_rows(nullptr, "", teacher.classes);
  LossTerm term{.name = "lelp", .weight = options.weight, .teacher_taps = {teacher.tap}};
  if (teacher.subclasses > 1) term.student_taps = {subclass_logits_tap};
  term.student_logits = term.teacher_logits = true;
  term.teacher_weights = true;
  term.needs_plain_labels = options.alpha > 0;
  term.value = [o = options, teacher](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    return lelp_value(o, teacher, in, scope);
  };
  term.prepare = [o = options, teacher](const TeacherTour& tour, const nn::Scope& scope) {
    return prepare_lelp(o, teacher, tour, scope);
  };
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
