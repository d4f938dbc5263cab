#include <ATen/ATen.h>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"
#include "losses/distillation/adapters.h"
#include "losses/distillation/shapes.h"
#include "losses/distillation/sskd.h"

namespace retort::model {

namespace {
constexpr const char* self_supervision_modules = "sskd";
constexpr const char* rotated_batch = "rotations4";

/// Stage 1: the head on the teacher's vectors learns which picture a rotation is of. No student runs.
LossTerm teacher_head_term(const TermContext& context) {
  const auto tap = teacher_tap(context, "sskd_head", context.options.sskd_head.tap, pooled_tap);
  auto value = [tap](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    const auto& vectors = in.teacher.taps->at(tap);
    losses::require_shapes("sskd_head", {{"activation '" + tap + "' of the teacher", vectors, "[B,D]"}});
    return losses::sskd_head_loss(losses::self_supervision_head(scope / "teacher_head", vectors));
  };
  return {.name = "sskd_head",
          .weight = context.options.sskd_head.weight,
          .teacher_taps = {tap},
          .uses_student = false,
          .batch_transform = rotated_batch,
          .modules = self_supervision_modules,
          .value = std::move(value)};
}

/// Stage 2. The cross-entropy of the pictures is the term `ce`.
at::Tensor sskd_value(const SskdTerm& o, const TermInputs& in, const nn::Scope& scope, const at::Tensor& student,
                      const at::Tensor& teacher) {
  const losses::SskdOptions options{.kl_temperature = o.kl_temperature,
                                    .ss_temperature = o.ss_temperature,
                                    .tf_temperature = o.tf_temperature,
                                    .ss_ratio = o.ss_ratio,
                                    .tf_ratio = o.tf_ratio,
                                    .w_ce = 0,
                                    .w_kl = o.kl_weight,
                                    .w_ss = o.ss_weight,
                                    .w_tf = o.tf_weight};
  const auto head_of_teacher = [&] {
    const at::NoGradGuard no_grad;
    return losses::self_supervision_head(scope / "teacher_head", teacher);
  };
  return losses::sskd_loss(in.student.logits, in.teacher.logits,
                           losses::self_supervision_head(scope / "student_head", student), head_of_teacher(), in.labels,
                           options);
}

LossTerm sskd_term(const TermContext& context) {
  const auto& options = context.options.sskd;
  const auto pairs = tap_pairs(context, "sskd", options.taps, pooled_tap);
  if (pairs.student.size() != 1)
    user_error("loss.sskd.taps: {} pairs; one would be right: there is one head", pairs.student.size());
  auto term = tapped_term(
      pairs, options.weight,
      [o = options](const TermInputs& in, const nn::Scope& scope, const Maps& student, const Maps& teacher) {
        losses::require_shapes("sskd",
                               {{"student features", student[0], "[R,D]"}, {"teacher features", teacher[0], "[R,E]"}});
        return sskd_value(o, in, scope, student[0], teacher[0]);
      });
  term.student_logits = term.teacher_logits = true;
  term.needs_plain_labels = true;
  term.batch_transform = rotated_batch;
  term.modules = self_supervision_modules;
  term.frozen_modules = {std::string(self_supervision_modules) + ".teacher_head"};
  return term;
}
}  // namespace

void add_self_supervision_terms(const TermContext& context) {
  if (context.options.sskd_head.weight > 0) context.terms.push_back(teacher_head_term(context));
  if (context.options.sskd.weight > 0) context.terms.push_back(sskd_term(context));
}

}  // namespace retort::model
