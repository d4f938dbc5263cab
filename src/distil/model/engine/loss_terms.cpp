#include "distil/model/engine/loss_terms.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "losses/distillation/at.h"
#include "losses/distillation/dist.h"
#include "losses/distillation/dkd.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/nst.h"
#include "losses/distillation/pkt.h"
#include "losses/distillation/rkd.h"
#include "losses/distillation/sp.h"

namespace retort::model {

namespace {
std::vector<at::Tensor> tapped(const Outputs& outputs, const std::vector<std::string>& names) {
  std::vector<at::Tensor> maps;
  for (const auto& name : names) maps.push_back(outputs.taps->at(name));
  return maps;
}

/// All stages but the stem.
std::vector<std::string> stages_of(const nn::Network& network) {
  RT_CHECK(network.stages.size() > 1, "network '{}' names no stages, which a term of the loss needs", network.name);
  return {network.stages.begin() + 1, network.stages.end()};
}

using MapsLoss = std::function<at::Tensor(const std::vector<at::Tensor>&, const std::vector<at::Tensor>&)>;

/// A term over taps of both networks, in pairs.
LossTerm maps_term(std::string name, double weight, std::vector<std::string> student_taps,
                   std::vector<std::string> teacher_taps, MapsLoss loss) {
  if (student_taps.size() != teacher_taps.size())
    user_error("loss.{}: the student has {} stages, the teacher {}; networks of equally many would be right", name,
               student_taps.size(), teacher_taps.size());
  auto value = [student_taps, teacher_taps, loss = std::move(loss)](const TermInputs& in) {
    return loss(tapped(in.student, student_taps), tapped(in.teacher, teacher_taps));
  };
  return {.name = std::move(name),
          .weight = weight,
          .student_taps = std::move(student_taps),
          .teacher_taps = std::move(teacher_taps),
          .value = std::move(value)};
}

using PairLoss = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

LossTerm pair_term(std::string name, double weight, const std::string& student_tap, const std::string& teacher_tap,
                   PairLoss loss) {
  return maps_term(
      std::move(name), weight, {student_tap}, {teacher_tap},
      [loss = std::move(loss)](const auto& student, const auto& teacher) { return loss(student[0], teacher[0]); });
}

void add_logit_terms(const LossOptions& options, std::vector<LossTerm>& terms) {
  if (options.ce.weight > 0)
    terms.push_back({.name = "ce",
                     .weight = options.ce.weight,
                     .value = [smoothing = options.ce.label_smoothing](const TermInputs& in) {
                       return at::cross_entropy_loss(in.student.logits, in.labels, {}, at::Reduction::Mean, -100,
                                                     smoothing);
                     }});
  if (options.kd.weight > 0)
    terms.push_back({.name = "kd",
                     .weight = options.kd.weight,
                     .value = [temperature = options.kd.temperature](const TermInputs& in) {
                       return losses::kd_loss(in.student.logits, in.teacher.logits, {.temperature = temperature});
                     }});
  if (options.dkd.weight > 0)
    terms.push_back({.name = "dkd",
                     .weight = options.dkd.weight,
                     .warm_up_epochs = options.dkd.warm_up_epochs,
                     .value = [o = options.dkd](const TermInputs& in) {
                       return losses::dkd_loss(in.student.logits, in.teacher.logits, in.labels,
                                               {.alpha = o.alpha, .beta = o.beta, .temperature = o.temperature});
                     }});
  if (options.dist.weight > 0)
    terms.push_back({.name = "dist", .weight = options.dist.weight, .value = [o = options.dist](const TermInputs& in) {
                       return losses::dist_loss(in.student.logits, in.teacher.logits,
                                                {.beta = o.beta, .gamma = o.gamma, .temperature = o.temperature});
                     }});
}

void add_feature_terms(const LossOptions& options, const nn::Network& student, const nn::Network& teacher,
                       std::vector<LossTerm>& terms) {
  if (options.at.weight > 0)
    terms.push_back(maps_term(
        "at", options.at.weight, stages_of(student), stages_of(teacher),
        [power = options.at.power](const auto& s, const auto& t) { return losses::at_loss(s, t, {.p = power}); }));
  if (options.nst.weight > 0)
    terms.push_back(maps_term("nst", options.nst.weight, stages_of(student), stages_of(teacher), losses::nst_loss));
  if (options.sp.weight > 0)
    terms.push_back(
        pair_term("sp", options.sp.weight, stages_of(student).back(), stages_of(teacher).back(), losses::sp_loss));
  if (options.pkt.weight > 0)
    terms.push_back(pair_term("pkt", options.pkt.weight, student.pooled, teacher.pooled, losses::pkt_loss));
  if (options.rkd.weight > 0)
    terms.push_back(pair_term("rkd", options.rkd.weight, student.pooled, teacher.pooled,
                              [o = options.rkd](const at::Tensor& s, const at::Tensor& t) {
                                return losses::rkd_loss(
                                    s, t, {.distance_weight = o.distance_weight, .angle_weight = o.angle_weight});
                              }));
}

std::vector<std::string> joined(const std::vector<LossTerm>& terms, std::vector<std::string> LossTerm::*taps) {
  std::vector<std::string> names;
  for (const auto& term : terms) names.insert(names.end(), (term.*taps).begin(), (term.*taps).end());
  return names;
}
}  // namespace

double LossTerm::weight_at(double epoch) const {
  return warm_up_epochs > 0 ? weight * std::min(epoch / warm_up_epochs, 1.0) : weight;
}

std::vector<LossTerm> make_loss_terms(const LossOptions& options, const nn::Network& student,
                                      const nn::Network* teacher) {
  std::vector<LossTerm> terms;
  add_logit_terms(options, terms);
  if (teacher != nullptr) add_feature_terms(options, student, *teacher, terms);
  return terms;
}

std::vector<std::string> student_taps_of(const std::vector<LossTerm>& terms) {
  return joined(terms, &LossTerm::student_taps);
}
std::vector<std::string> teacher_taps_of(const std::vector<LossTerm>& terms) {
  return joined(terms, &LossTerm::teacher_taps);
}

LossValue evaluate_loss(const std::vector<LossTerm>& terms, const TermInputs& inputs) {
  LossValue result;
  for (const auto& term : terms) {
    const auto value = term.value(inputs);
    result.values.push_back(value.detach());
    const auto weighted = value * term.weight_at(inputs.epoch);
    result.total = result.total.defined() ? result.total + weighted : weighted;
  }
  return result;
}

}  // namespace retort::model
