#include "distil/model/engine/loss_terms.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "losses/distillation/at.h"
#include "losses/distillation/cc.h"
#include "losses/distillation/crd.h"
#include "losses/distillation/dist.h"
#include "losses/distillation/dkd.h"
#include "losses/distillation/fitnets.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/mgd.h"
#include "losses/distillation/nst.h"
#include "losses/distillation/pkt.h"
#include "losses/distillation/reviewkd.h"
#include "losses/distillation/rkd.h"
#include "losses/distillation/sp.h"
#include "losses/distillation/srd.h"
#include "losses/distillation/vid.h"
#include "nn/layers.h"

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
  auto value = [student_taps, teacher_taps, loss = std::move(loss)](const TermInputs& in, const nn::Scope&,
                                                                    AfterBackward&) {
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
    terms.push_back(
        {.name = "ce",
         .weight = options.ce.weight,
         .value = [smoothing = options.ce.label_smoothing](const TermInputs& in, const nn::Scope&, AfterBackward&) {
           return at::cross_entropy_loss(in.student.logits, in.labels, {}, at::Reduction::Mean, -100, smoothing);
         }});
  if (options.kd.weight > 0)
    terms.push_back(
        {.name = "kd",
         .weight = options.kd.weight,
         .value = [temperature = options.kd.temperature](const TermInputs& in, const nn::Scope&, AfterBackward&) {
           return losses::kd_loss(in.student.logits, in.teacher.logits, {.temperature = temperature});
         }});
  if (options.dkd.weight > 0)
    terms.push_back({.name = "dkd",
                     .weight = options.dkd.weight,
                     .warm_up_epochs = options.dkd.warm_up_epochs,
                     .value = [o = options.dkd](const TermInputs& in, const nn::Scope&, AfterBackward&) {
                       return losses::dkd_loss(in.student.logits, in.teacher.logits, in.labels,
                                               {.alpha = o.alpha, .beta = o.beta, .temperature = o.temperature});
                     }});
  if (options.dist.weight > 0)
    terms.push_back({.name = "dist",
                     .weight = options.dist.weight,
                     .value = [o = options.dist](const TermInputs& in, const nn::Scope&, AfterBackward&) {
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

using ModuleLoss = std::function<at::Tensor(const nn::Scope&, const at::Tensor&, const at::Tensor&)>;

/// A term over one tap of each network, with modules of its own.
LossTerm module_term(std::string name, double weight, const std::string& student_tap, const std::string& teacher_tap,
                     ModuleLoss loss) {
  auto value = [student_tap, teacher_tap, loss = std::move(loss)](const TermInputs& in, const nn::Scope& scope,
                                                                  AfterBackward&) {
    return loss(scope, in.student.taps->at(student_tap), in.teacher.taps->at(teacher_tap));
  };
  return {.name = std::move(name),
          .weight = weight,
          .student_taps = {student_tap},
          .teacher_taps = {teacher_tap},
          .value = std::move(value)};
}

const std::string& stage_of(const nn::Network& network, int64_t stage, const char* term) {
  const auto count = static_cast<int64_t>(network.stages.size()) - 1;
  if (stage > count) user_error("loss.{}.stage: {}; '{}' has {} behind the stem", term, stage, network.name, count);
  return network.stages[static_cast<size_t>(stage)];
}

LossTerm vid_term(const LossOptions& options, const nn::Network& student, const nn::Network& teacher) {
  const auto student_taps = stages_of(student), teacher_taps = stages_of(teacher);
  auto term = maps_term("vid", options.vid.weight, student_taps, teacher_taps, {});
  term.value = [student_taps, teacher_taps](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    const auto s = tapped(in.student, student_taps), t = tapped(in.teacher, teacher_taps);
    auto sum = at::zeros({}, s[0].options());
    for (size_t i = 0; i < s.size(); ++i) sum = sum + losses::vid_loss(scope / std::to_string(i), s[i], t[i]);
    return sum;
  };
  return term;
}

/// The student's maps and pooled vector against the teacher's before their activation.
LossTerm review_term(const LossOptions& options, const nn::Network& student, const nn::Network& teacher) {
  auto student_taps = stages_of(student), teacher_taps = stages_of(teacher);
  std::copy(teacher.stages_before_activation.begin() + 1, teacher.stages_before_activation.end(), teacher_taps.begin());
  student_taps.push_back(student.pooled);
  teacher_taps.push_back(teacher.pooled);
  auto term = maps_term("reviewkd", options.reviewkd.weight, student_taps, teacher_taps, {});
  term.warm_up_epochs = options.reviewkd.warm_up_epochs;
  term.value = [student_taps, teacher_taps](const TermInputs& in, const nn::Scope& scope, AfterBackward&) {
    auto s = tapped(in.student, student_taps), t = tapped(in.teacher, teacher_taps);
    for (auto* maps : {&s, &t}) maps->back() = maps->back().unsqueeze(-1).unsqueeze(-1);
    return losses::hcl_loss(losses::reviewed_maps(scope, s, t), t);
  };
  return term;
}

/// `count` samples of another class than each of the batch, drawn with replacement, behind the sample itself:
/// [B, 1 + count].
at::Tensor contrast_indices(const TermInputs& in, int64_t count) {
  const auto& classes = *in.labels_of_set;
  const auto samples = static_cast<int64_t>(classes.size());
  const int64_t batch = in.sample_index.size(0);
  auto indices = at::empty({batch, 1 + count}, at::kLong);
  const auto own = in.sample_index.accessor<int64_t, 1>();
  auto row = indices.accessor<int64_t, 2>();
  for (int64_t b = 0; b < batch; ++b) {
    auto generator = in.random.child("contrast").child(uint64_t(b)).generator();
    row[b][0] = own[b];
    for (int64_t k = 1; k <= count; ++k) {
      do {
        row[b][k] = generator.integer(samples);
      } while (classes[size_t(row[b][k])] == classes[size_t(own[b])]);
    }
  }
  return indices;
}

LossTerm crd_term(const CrdTerm& options, const nn::Network& student, const nn::Network& teacher) {
  LossTerm term{
      .name = "crd", .weight = options.weight, .student_taps = {student.pooled}, .teacher_taps = {teacher.pooled}};
  term.value = [options, student_tap = student.pooled, teacher_tap = teacher.pooled](
                   const TermInputs& in, const nn::Scope& scope, AfterBackward& after_backward) {
    const auto samples = static_cast<int64_t>(in.labels_of_set->size());
    const auto start = nn::Initialiser::uniform(losses::crd_memory_bound(options.dimensions));
    const losses::CrdMemory memory = {scope.buffer("memory_student", {samples, options.dimensions}, start),
                                      scope.buffer("memory_teacher", {samples, options.dimensions}, start)};
    // 0: not fixed yet, which the first batch does.
    auto z = scope.buffer("z", {2}, nn::Initialiser::zeros());
    const double z_student = z[0].item<double>(), z_teacher = z[1].item<double>();
    const auto result = losses::crd_loss(scope, in.student.taps->at(student_tap), in.teacher.taps->at(teacher_tap),
                                         in.sample_index, contrast_indices(in, options.negatives), memory,
                                         {.temperature = options.temperature,
                                          .momentum = options.momentum,
                                          .z_student = z_student > 0 ? z_student : -1,
                                          .z_teacher = z_teacher > 0 ? z_teacher : -1});
    after_backward.push_back([memory, z, result, samples = in.sample_index]() mutable {
      const at::NoGradGuard no_grad;
      z.copy_(result.z);
      memory.student.index_copy_(0, samples, result.updated_rows.student);
      memory.teacher.index_copy_(0, samples, result.updated_rows.teacher);
    });
    return result.loss;
  };
  return term;
}

LossTerm mgd_term(const MgdTerm& options, const nn::Network& student, const nn::Network& teacher) {
  const auto student_tap = stages_of(student).back(), teacher_tap = stages_of(teacher).back();
  auto term = module_term("mgd", options.weight, student_tap, teacher_tap, {});
  term.value = [ratio = options.mask_ratio, student_tap, teacher_tap](const TermInputs& in, const nn::Scope& scope,
                                                                      AfterBackward&) {
    const auto& map = in.teacher.taps->at(teacher_tap);
    auto noise = at::empty({map.size(0), map.size(1), 1, 1}, at::kFloat);
    auto generator = in.random.child("mgd").generator();
    for (int64_t i = 0; i < noise.numel(); ++i) noise.data_ptr<float>()[i] = static_cast<float>(generator.uniform());
    return losses::mgd_loss(scope, in.student.taps->at(student_tap), map, noise, {.mask_ratio = ratio, .alpha = 1});
  };
  return term;
}

void add_module_terms(const LossOptions& options, const nn::Network& student, const nn::Network& teacher,
                      std::vector<LossTerm>& terms) {
  if (options.fitnets.weight > 0) {
    const int64_t stage = options.fitnets.stage;
    terms.push_back(module_term("fitnets", options.fitnets.weight, stage_of(student, stage, "fitnets"),
                                stage_of(teacher, stage, "fitnets"),
                                [](const nn::Scope& scope, const at::Tensor& s, const at::Tensor& t) {
                                  return losses::fitnets_loss(scope, s, t).loss;
                                }));
  }
  if (options.vid.weight > 0) terms.push_back(vid_term(options, student, teacher));
  if (options.cc.weight > 0)
    terms.push_back(module_term(
        "cc", options.cc.weight, student.pooled, teacher.pooled,
        [dimensions = options.cc.dimensions](const nn::Scope& scope, const at::Tensor& s, const at::Tensor& t) {
          return losses::cc_loss(nn::linear(scope / "student_embedding", s, {.out_features = dimensions}),
                                 nn::linear(scope / "teacher_embedding", t, {.out_features = dimensions}));
        }));
  if (options.crd.weight > 0) terms.push_back(crd_term(options.crd, student, teacher));
  if (options.mgd.weight > 0) terms.push_back(mgd_term(options.mgd, student, teacher));
  if (options.reviewkd.weight > 0) terms.push_back(review_term(options, student, teacher));
  if (options.srd.weight > 0)
    terms.push_back(module_term("srd", options.srd.weight, student.pooled, teacher.pooled,
                                [](const nn::Scope& scope, const at::Tensor& s, const at::Tensor& t) {
                                  return losses::srd_feature_loss(scope, s, t).loss;
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
  if (teacher != nullptr) {
    add_feature_terms(options, student, *teacher, terms);
    add_module_terms(options, student, *teacher, terms);
  }
  return terms;
}

std::vector<std::string> student_taps_of(const std::vector<LossTerm>& terms) {
  return joined(terms, &LossTerm::student_taps);
}
std::vector<std::string> teacher_taps_of(const std::vector<LossTerm>& terms) {
  return joined(terms, &LossTerm::teacher_taps);
}

LossValue evaluate_loss(const std::vector<LossTerm>& terms, const TermInputs& inputs, const nn::Weights& modules) {
  LossValue result;
  nn::GivenSource source(modules);
  const nn::Scope scope(source, nullptr, {.training = true});
  for (const auto& term : terms) {
    const auto value = term.value(inputs, scope / term.name, result.after_backward);
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
  for (const auto& term : terms) term.value(example, scope / term.name, never_called);
  auto modules = source.take();
  modules.origin = "modules of the loss";
  return modules;
}

}  // namespace retort::model
