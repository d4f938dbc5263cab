#include <ATen/ATen.h>

#include "distil/model/engine/term_builders.h"
#include "distil/model/engine/term_fields.h"
#include "losses/distillation/dho.h"
#include "losses/distillation/kd.h"
#include "nn/layers.h"

namespace retort::model {

void fields(OptionVisitor& v, DhoTerm& o) {
  v("weight", o.weight, weight_help, {.min = 0});
  v("cross_entropy_weight", o.cross_entropy_weight, "of the labels, for the network's own head", {.min = 0});
  v("distillation_weight", o.distillation_weight, "of the teacher, for the second head", {.min = 0});
  temperature_field(v, o.temperature);
}

namespace {
struct DhoHeads {
  std::string label_head, teacher_head;  ///< taps of the student; no teacher's head: the term has its own
  std::string pooled;
  int64_t classes = 0;
};

at::Tensor teacher_head_logits(const DhoHeads& heads, const TermInputs& in, const nn::Scope& scope) {
  if (!heads.teacher_head.empty()) return in.student.taps->at(heads.teacher_head);
  return nn::linear(scope / "teacher_head", in.student.taps->at(heads.pooled), {.out_features = heads.classes});
}

at::Tensor dho_value(const DhoTerm& o, const DhoHeads& heads, const TermInputs& in, const nn::Scope& scope) {
  const int64_t labelled = in.labels.size(0), all = labelled + in.extra;
  const auto by_labels = in.student.taps->at(heads.label_head).slice(0, 0, labelled);
  const auto by_teacher = teacher_head_logits(heads, in, scope);
  const auto& teacher = in.teacher.logits;
  if (in.extra == 0)
    return o.cross_entropy_weight * at::cross_entropy_loss(by_labels, in.labels) +
           o.distillation_weight * losses::kd_loss(by_teacher, teacher, {.temperature = o.temperature});
  return losses::dho_loss({.label_head = by_labels,
                           .teacher_head_labelled = by_teacher.slice(0, 0, labelled),
                           .teacher_head_unlabelled = by_teacher.slice(0, labelled, all),
                           .teacher_logits_labelled = teacher.slice(0, 0, labelled),
                           .teacher_logits_unlabelled = teacher.slice(0, labelled, all),
                           .labels = in.labels},
                          {.temperature = o.temperature,
                           .cross_entropy_weight = o.cross_entropy_weight,
                           .distillation_weight = o.distillation_weight});
}
}  // namespace

void add_dho_terms(const TermContext& context) {
  const auto& options = context.options.dho;
  if (options.weight <= 0) return;
  const auto& student = context.student;
  const DhoHeads heads{.label_head = student.classifier,
                       .teacher_head = student.teacher_head,
                       .pooled = student.pooled,
                       .classes = student.classes};
  LossTerm term{.name = "dho", .weight = options.weight, .teacher_logits = true};
  term.student_taps = {heads.label_head, heads.teacher_head.empty() ? heads.pooled : heads.teacher_head};
  term.needs_plain_labels = true;
  term.sees_extra = true;
  term.value = [options, heads](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    return dho_value(options, heads, in, scope);
  };
  context.terms.push_back(std::move(term));
}

}  // namespace retort::model
