#include <ATen/ATen.h>

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

at::Tensor nd_value(const NdTerm& o, int64_t classes, const nn::Scope& scope, const at::Tensor& student,
                    const at::Tensor& teacher, const at::Tensor& labels) {
  losses::require_shapes("nd", {{"student embedding", student, "[B,S]"}, {"teacher embedding", teacher, "[B,D]"}});
  const int64_t width = teacher.size(1);
  const auto means = teachers_class_means(scope, classes, width);
  const auto embedding =
      student.size(1) == width ? student : losses::nd_projection(scope / "projection", student, width);
  return losses::nd_loss(embedding, teacher, means, labels, {.form = o.form, .norm_step = o.norm_step});
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
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
