#include "distil/model/engine/loss_terms.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"

namespace retort::model {

namespace {
std::vector<std::string> joined_taps(const std::vector<LossTerm>& terms, std::vector<std::string> LossTerm::*taps) {
  std::vector<std::string> names;
  for (const auto& term : terms) names.insert(names.end(), (term.*taps).begin(), (term.*taps).end());
  return names;
}

/// Every `step`-th row, without the `dropped` last.
struct RowChoice {
  int64_t step = 1, dropped = 0;
  bool takes_all() const { return step == 1 && dropped == 0; }
};

at::Tensor chosen_rows(const at::Tensor& rows, const RowChoice& choice) {
  return rows.defined() ? rows.slice(0, 0, rows.size(0) - choice.dropped, choice.step) : rows;
}

nn::Taps chosen_rows(const nn::Taps* taps, const std::vector<std::string>& names, const RowChoice& choice) {
  nn::Taps kept(names);
  for (const auto& name : names) kept.offer(name, chosen_rows(taps->at(name), choice));
  return kept;
}

/// The term's value on the rows that it asked for: the pictures themselves, whatever views of them the batch holds for
/// other terms, and of those the labelled ones alone.
at::Tensor value_of_term(const LossTerm& term, const TermInputs& inputs, const nn::Scope& scope,
                         AfterBackward& after_backward) {
  const auto own = scope / term.module_scope();
  const RowChoice choice{.step = term.batch_transform.empty() ? inputs.views : 1,
                         .dropped = term.sees_extra ? 0 : inputs.extra * inputs.views};
  if (choice.takes_all()) return term.value(inputs, own, after_backward);
  const nn::Taps student = chosen_rows(inputs.student.taps, term.student_taps, choice),
                 teacher = chosen_rows(inputs.teacher.taps, term.teacher_taps, choice);
  auto chosen = inputs;
  chosen.student = {chosen_rows(inputs.student.logits, choice), &student, inputs.student.weights};
  chosen.teacher = {chosen_rows(inputs.teacher.logits, choice), &teacher, inputs.teacher.weights,
                    chosen_rows(inputs.teacher.mean_logits, choice)};
  if (choice.step > 1) chosen.views = 1;
  if (choice.dropped > 0) chosen.extra = 0;
  return term.value(chosen, own, after_backward);
}
}  // namespace

namespace {
/// A term that reads logits or labels must say that it knows what to do with those of every pixel.
void refuse_unfit_for_pixels(const std::vector<LossTerm>& terms, const nn::Network& student) {
  if (!student.dense) return;
  for (const auto& term : terms) {
    const bool reads_classes = term.student_logits || term.teacher_logits || term.needs_plain_labels;
    if (reads_classes && !term.takes_maps)
      user_error(
          "loss.{}: compares classes of whole pictures, and '{}' gives one a pixel; ce, kd, dist, cwd, acam and "
          "the terms on maps would be right",
          term.name, student.name);
  }
}
}  // namespace

double LossTerm::weight_at(double epoch) const {
  if (warm_up_epochs <= 0) return weight;
  return weight * std::min((warm_up_from_zero ? epoch - 1 : epoch) / warm_up_epochs, 1.0);
}

std::vector<LossTerm> make_loss_terms(const LossOptions& options, const nn::Network& student,
                                      const nn::Network* teacher) {
  std::vector<LossTerm> terms;
  const TermContext context{.options = options, .student = student, .teacher = teacher, .terms = terms};
  add_logit_terms(context);
  add_map_terms(context);
  add_pre_activation_terms(context);
  add_vector_terms(context);
  add_module_terms(context);
  add_contrast_terms(context);
  add_factor_terms(context);
  add_self_supervision_terms(context);
  add_ofa_terms(context);
  add_dho_terms(context);
  add_kd3_terms(context);
  add_pld_terms(context);
  add_nd_terms(context);
  add_lelp_terms(context);
  add_aspect_terms(context);
  add_soft_label_terms(context);
  add_meal_v2_terms(context);
  add_ssld_terms(context);
  add_acam_terms(context);
  add_subclass_terms(context);
  refuse_unfit_for_pixels(terms, student);
  return terms;
}

std::vector<std::string> student_taps_of(const std::vector<LossTerm>& terms) {
  return joined_taps(terms, &LossTerm::student_taps);
}
std::vector<std::string> teacher_taps_of(const std::vector<LossTerm>& terms) {
  return joined_taps(terms, &LossTerm::teacher_taps);
}

std::string batch_transform_of(const std::vector<LossTerm>& terms) {
  const LossTerm* first = nullptr;
  for (const auto& term : terms) {
    if (term.batch_transform.empty()) continue;
    if (first == nullptr) first = &term;
    if (term.batch_transform != first->batch_transform)
      user_error("loss.{} wants the batch as '{}', loss.{} as '{}'; put them into different stages", first->name,
                 first->batch_transform, term.name, term.batch_transform);
  }
  return first == nullptr ? std::string() : first->batch_transform;
}

LossValue evaluate_loss(const std::vector<LossTerm>& terms, const TermInputs& inputs, const nn::Weights& modules) {
  LossValue result;
  nn::GivenSource source(modules);
  const nn::Scope scope(source, nullptr, {.training = true, .random = inputs.random.child("modules")});
  for (const auto& term : terms) {
    const auto value = value_of_term(term, inputs, scope, result.after_backward);
    result.values.push_back(value.detach());
    const auto weighted = value * term.weight_at(inputs.epoch);
    result.total = result.total.defined() ? result.total + weighted : weighted;
  }
  return result;
}

nn::Weights create_term_modules(const std::vector<LossTerm>& terms, const TermInputs& example, RandomTree random) {
  const at::NoGradGuard no_grad;
  nn::InitialisingSource source(random);
  const nn::Scope scope(source);
  AfterBackward never_called;
  for (const auto& term : terms) value_of_term(term, example, scope, never_called);
  auto modules = source.take();
  modules.origin = "modules of the loss";
  return modules;
}

bool prepare_terms(const std::vector<LossTerm>& terms, const std::function<TeacherTour(const LossTerm&)>& tour,
                   const nn::Weights& modules) {
  const at::NoGradGuard no_grad;
  nn::GivenSource source(modules);
  const nn::Scope scope(source);
  std::set<std::string> prepared;
  for (const auto& term : terms) {
    if (!term.prepare || !prepared.insert(term.module_scope()).second) continue;
    if (!term.prepare(tour(term), scope / term.module_scope())) return false;
  }
  return true;
}

}  // namespace retort::model
