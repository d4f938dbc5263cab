#include "distil/model/engine/loss_terms.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "distil/model/engine/term_builders.h"

namespace retort::model {

namespace {
std::vector<std::string> joined_taps(const std::vector<LossTerm>& terms, std::vector<std::string> LossTerm::*taps) {
  std::vector<std::string> names;
  for (const auto& term : terms) names.insert(names.end(), (term.*taps).begin(), (term.*taps).end());
  return names;
}

at::Tensor first_views(const at::Tensor& rows, int64_t views) {
  return rows.defined() ? rows.slice(0, 0, rows.size(0), views) : rows;
}

nn::Taps first_views(const nn::Taps* taps, const std::vector<std::string>& names, int64_t views) {
  nn::Taps kept(names);
  for (const auto& name : names) kept.offer(name, first_views(taps->at(name), views));
  return kept;
}

/// The term's value on the pictures themselves, whatever views of them the batch holds for other terms.
at::Tensor value_on_pictures(const LossTerm& term, const TermInputs& inputs, const nn::Scope& scope,
                             AfterBackward& after_backward) {
  const nn::Taps student = first_views(inputs.student.taps, term.student_taps, inputs.views),
                 teacher = first_views(inputs.teacher.taps, term.teacher_taps, inputs.views);
  auto pictures = inputs;
  pictures.student = {first_views(inputs.student.logits, inputs.views), &student, inputs.student.weights};
  pictures.teacher = {first_views(inputs.teacher.logits, inputs.views), &teacher, inputs.teacher.weights};
  pictures.views = 1;
  return term.value(pictures, scope, after_backward);
}

at::Tensor value_of_term(const LossTerm& term, const TermInputs& inputs, const nn::Scope& scope,
                         AfterBackward& after_backward) {
  const auto own = scope / term.module_scope();
  if (inputs.views > 1 && term.batch_transform.empty()) return value_on_pictures(term, inputs, own, after_backward);
  return term.value(inputs, own, after_backward);
}
}  // namespace

double LossTerm::weight_at(double epoch) const {
  return warm_up_epochs > 0 ? weight * std::min(epoch / warm_up_epochs, 1.0) : weight;
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
  const nn::Scope scope(source, nullptr, {.training = true});
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

}  // namespace retort::model
