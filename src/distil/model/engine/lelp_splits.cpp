#include "distil/model/engine/lelp_splits.h"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "core/errors.h"
#include "distil/model/engine/subclass_network.h"
#include "losses/distillation/lelp.h"
#include "metrics/subclass_clusters.h"
#include "metrics/subclass_directions.h"

namespace retort::model {

namespace {
/// What the survey of the training set leaves in the term's memories.
struct ClusterMemory {
  at::Tensor projection, centres;
};

ClusterMemory remembered_centres(const nn::Scope& scope, const LelpTeacher& teacher, int64_t width) {
  const auto zeros = nn::Initialiser::zeros();
  return {.projection = scope.buffer("projection", {width, width}, zeros),
          .centres = scope.buffer("centres", {teacher.classes, teacher.subclasses, width}, zeros)};
}

bool find_centres(const LelpTerm& o, const LelpTeacher& teacher, const TeacherTour& tour, const nn::Scope& scope) {
  const auto seen = see_embeddings(o, teacher, tour);
  if (!seen) return false;
  const auto embeddings = seen->embeddings.to(at::kFloat);
  const auto memory = remembered_centres(scope, teacher, embeddings.size(1));
  if (seen->classifier.defined())
    memory.projection.copy_(
        metrics::subclass_directions(embeddings, seen->labels, seen->classifier, {.subclasses = 1}).projection);
  else
    memory.projection.copy_(at::eye(embeddings.size(1)));
  const auto kind =
      o.split == SubclassSplit::kmeans ? metrics::ClusterKind::kmeans : metrics::ClusterKind::agglomerative;
  memory.centres.copy_(metrics::subclass_centres(at::matmul(embeddings, memory.projection), seen->labels,
                                                 teacher.classes, teacher.subclasses, kind,
                                                 seen->random.child("clusters")));
  return true;
}

/// The teacher's class probabilities, each wholly for the cluster that the embedding is nearest to.
at::Tensor cluster_targets(const LelpTerm& o, const LelpTeacher& teacher, const TermInputs& in,
                           const nn::Scope& scope) {
  const auto embedding = in.teacher.taps->at(teacher.tap).to(at::kFloat);
  const auto memory = remembered_centres(scope, teacher, embedding.size(1));
  const auto nearest = metrics::nearest_subclasses(at::matmul(embedding, memory.projection), memory.centres);
  return (at::softmax(in.teacher.logits / o.temperature, 1).unsqueeze(2) * nearest).flatten(1);
}

/// One-hot of the class that the sample had before classes were merged.
at::Tensor hidden_targets(const LelpTeacher& teacher, const TermInputs& in) {
  const int64_t outputs = teacher.classes * teacher.subclasses;
  RT_CHECK(in.subclass_of_set.defined(), "the term 'lelp' needs the classes before they were merged");
  const auto hidden = in.subclass_of_set.index_select(0, in.sample_index);
  return at::one_hot(in.labels * teacher.subclasses + hidden, outputs).to(at::kFloat);
}

at::Tensor split_targets(const LelpTerm& o, const LelpTeacher& teacher, const TermInputs& in, const nn::Scope& scope) {
  if (o.split == SubclassSplit::hidden) return hidden_targets(teacher, in);
  if (o.split == SubclassSplit::teacher)
    return at::softmax(in.teacher.taps->at(subclass_logits_tap) / o.temperature, 1);
  return cluster_targets(o, teacher, in, scope);
}

void require_teacher_of_subclasses(const TermContext& context) {
  const int64_t wanted = context.student.outputs_per_class;
  if (wanted > 1 && context.teacher != nullptr && context.teacher->outputs_per_class == wanted) return;
  user_error(
      "loss.lelp.split: teacher wants several outputs a class, equally many of student and teacher; the student has "
      "{}, "
      "the teacher {}",
      wanted, context.teacher == nullptr ? 1 : context.teacher->outputs_per_class);
}
}  // namespace

at::Tensor classifier_rows(const nn::Weights* weights, const std::string& layer, int64_t classes) {
  const auto rows = weights == nullptr || layer.empty() ? at::Tensor() : weights->find(layer + ".weight");
  if (!rows.defined() || rows.dim() != 2 || rows.size(0) != classes)
    user_error(
        "loss.lelp.null_space: needs a teacher that runs as a network and ends in one linear layer with a row for each "
        "of {} classes; null_space: false does without",
        classes);
  return rows.detach();
}

std::optional<SeenEmbeddings> see_embeddings(const LelpTerm& o, const LelpTeacher& teacher, const TeacherTour& tour) {
  SeenEmbeddings seen;
  std::vector<at::Tensor> rows, labels;
  const bool complete = tour([&](const TermInputs& in) {
    if (rows.empty()) {
      seen.random = in.random;
      if (o.null_space) seen.classifier = classifier_rows(in.teacher.weights, teacher.classifier, teacher.classes);
    }
    rows.push_back(in.teacher.taps->at(teacher.tap).detach());
    labels.push_back(in.labels);
  });
  if (!complete) return std::nullopt;
  seen.embeddings = at::cat(rows);
  seen.labels = at::cat(labels);
  return seen;
}

LossTerm compared_split_term(const TermContext& context) {
  const auto& options = context.options.lelp;
  const auto split = options.split;
  const bool clusters = split == SubclassSplit::kmeans || split == SubclassSplit::agglomerative;
  if (split == SubclassSplit::teacher) require_teacher_of_subclasses(context);
  const LelpTeacher teacher{.tap = clusters ? teacher_tap(context, "lelp", options.tap, pooled_tap) : std::string(),
                            .classifier = context.teacher == nullptr ? std::string() : context.teacher->classifier,
                            .classes = context.student.classes,
                            .subclasses = context.student.outputs_per_class};
  LossTerm term{.name = "lelp", .weight = options.weight};
  if (teacher.subclasses > 1) term.student_taps = {subclass_logits_tap};
  term.student_logits = true;
  term.uses_teacher = split != SubclassSplit::hidden;
  term.teacher_logits = term.uses_teacher;
  term.teacher_weights = clusters;
  if (clusters) term.teacher_taps = {teacher.tap};
  if (split == SubclassSplit::teacher) term.teacher_taps = {subclass_logits_tap};
  term.reads_subclasses = split == SubclassSplit::hidden;
  term.needs_plain_labels = options.alpha > 0 || split == SubclassSplit::hidden;
  term.value = [o = options, teacher](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    const auto& logits = teacher.subclasses > 1 ? in.student.taps->at(subclass_logits_tap) : in.student.logits;
    return losses::lelp_loss(logits, split_targets(o, teacher, in, scope), in.labels,
                             {.temperature = o.temperature, .alpha = o.alpha, .subclasses = teacher.subclasses});
  };
  if (clusters)
    term.prepare = [o = options, teacher](const TeacherTour& tour, const nn::Scope& scope) {
      return find_centres(o, teacher, tour, scope);
    };
  return term;
}

}  // namespace retort::model
