#include <ATen/ATen.h>

#include <map>
#include <string>
#include <utility>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/nd_loss.h"
#include "losses/distillation/shapes.h"
#include "metrics/class_means.h"

namespace retort::model {

namespace {
at::Tensor teachers_class_means(const nn::Scope& scope, int64_t classes, int64_t width) {
  return scope.buffer("class_means", {classes, width}, nn::Initialiser::zeros());
}

/// The student's embedding at the teacher's width.
at::Tensor compared_embedding(const nn::Scope& scope, const at::Tensor& student, const at::Tensor& teacher) {
  losses::require_shapes("nd", {{"student embedding", student, "[B,S]"}, {"teacher embedding", teacher, "[B,D]"}});
  const int64_t width = teacher.size(1);
  return student.size(1) == width ? student : losses::nd_projection(scope / "projection", student, width);
}

at::Tensor nd_value(const NdTerm& o, int64_t classes, const nn::Scope& scope, const at::Tensor& student,
                    const at::Tensor& teacher, const at::Tensor& labels) {
  const auto embedding = compared_embedding(scope, student, teacher);
  const auto means = teachers_class_means(scope, classes, teacher.size(1));
  return losses::nd_loss(embedding, teacher, means, labels, {.form = o.form, .norm_step = o.norm_step});
}

/// The student's length over the teacher's, and its cosine to the mean of its class.
std::map<std::string, double> nd_figures(const TapPairs& pairs, int64_t classes, const TermInputs& in,
                                         const nn::Scope& scope) {
  const auto& teacher = in.teacher.taps->at(pairs.teacher[0]);
  const auto embedding = compared_embedding(scope, in.student.taps->at(pairs.student[0]), teacher);
  const auto means = teachers_class_means(scope, classes, teacher.size(1)).index_select(0, in.labels);
  const auto ratio = embedding.norm(2, {1}) / teacher.norm(2, {1}).clamp_min(1e-12);
  return {{"norm_over_teachers", ratio.mean().item<double>()},
          {"cosine_to_class_mean", at::cosine_similarity(embedding, means, 1).mean().item<double>()}};
}
}  // namespace

void add_nd_terms(const TermContext& context) {
  const auto& options = context.options.nd;
  if (options.weight <= 0) return;
  const int64_t classes = context.student.classes;
  const auto pairs = tap_pairs(context, "nd", options.taps, pooled_tap);
  if (pairs.student.size() != 1)
    user_error("loss.nd.taps: {} pairs; one would be right: it has one mean for each class", pairs.student.size());
  auto term = tapped_term(
      pairs, options.weight,
      [o = options, classes](const TermInputs& in, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
        return nd_value(o, classes, scope, student[0], teacher[0], in.labels);
      });
  term.needs_plain_labels = true;
  term.prepare = [classes, tap = pairs.teacher[0]](const TeacherTour& tour, const nn::Scope& scope) {
    metrics::ClassSums sums;
    if (!tour([&](const TermInputs& in) { sums.add(in.teacher.taps->at(tap), in.labels, classes); })) return false;
    const auto means = sums.means();
    teachers_class_means(scope, classes, means.size(1)).copy_(means);
    return true;
  };
  term.figures = [pairs, classes](const TermInputs& in, const nn::Scope& scope) {
    return nd_figures(pairs, classes, in, scope);
  };
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
