// Classical methods that train in stages, with the published lengths and rates (sheets knowledge-distillation-bases,
// section 3, and torchdistill, sections 4 and 5).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"

namespace retort::model {

namespace {

/// A stage of `epochs` at a rate that stays or, with milestones, falls to a tenth at each. Its loss has no term yet.
StageOptions stage_of(int64_t epochs, double learning_rate, std::vector<int64_t> milestones = {}) {
  StageOptions stage;
  stage.loss.ce.weight = 0;
  stage.epochs = epochs;
  stage.optimiser.learning_rate = learning_rate;
  if (milestones.empty()) {
    stage.schedule.kind = train::RateScheduleKind::constant;
  } else {
    stage.schedule.milestones = std::move(milestones);
  }
  return stage;
}

/// Such a stage for modules of terms alone: the student stays as it is.
StageOptions module_stage_of(int64_t epochs, double learning_rate, std::vector<int64_t> milestones = {}) {
  auto stage = stage_of(epochs, learning_rate, std::move(milestones));
  stage.train_student = false;
  return stage;
}

void adapt_to_ft(ModelOptions& o) {
  auto paraphraser = module_stage_of(30, 0.01);
  paraphraser.loss.ft_paraphraser.weight = 1;
  o.before = {{"paraphraser", paraphraser}};
  o.loss.ft.weight = 200;
}

void adapt_to_fsp(ModelOptions& o) {
  auto flow = stage_of(30, o.train.optimiser.learning_rate);
  flow.loss.fsp.weight = 1;
  o.before = {{"flow", flow}};
}

void adapt_to_ab(ModelOptions& o) {
  auto boundaries = stage_of(30, o.train.optimiser.learning_rate);
  boundaries.loss.ab.weight = 1;
  o.before = {{"boundaries", boundaries}};
}

void adapt_to_kta(ModelOptions& o) {
  auto paraphraser = module_stage_of(1, 0.1);
  paraphraser.loss.kta_paraphraser.weight = 1;
  o.before = {{"paraphraser", paraphraser}};
  o.loss.kta.weight = 50;
  o.loss.affinity.weight = 1;
}

void adapt_to_sskd(ModelOptions& o) {
  auto head = module_stage_of(30, 0.1, {10, 20});
  head.loss.sskd_head.weight = 1;
  o.before = {{"head", head}};
  o.loss.sskd.weight = 1;
}

/// The first stage is torchdistill's cse_l2, from which its own PAD starts.
void adapt_to_pad(ModelOptions& o) {
  StageOptions mimic;
  mimic.loss.ce.weight = 1;
  mimic.loss.pad = {.weight = 15, .variance = false};
  mimic.epochs = o.train.epochs;
  mimic.optimiser = o.train.optimiser;
  mimic.schedule = o.train.schedule;
  o.before = {{"mimic", mimic}};
  o.loss.pad.weight = 1;
  o.train.epochs = 30;
  o.train.optimiser.learning_rate = 0.002;
  o.train.schedule.kind = train::RateScheduleKind::constant;
}

const std::vector<ModelMethod>& staged_methods() {
  static const std::vector<ModelMethod> methods = {
      {"ft", "Paraphrasing Complex Network: Network Compression via Factor Transfer (NeurIPS 2018)",
       "factors that a paraphraser of the teacher's map extracts", adapt_to_ft},
      {"fsp", "A Gift from Knowledge Distillation (CVPR 2017)", "products of consecutive stages, before the labels",
       adapt_to_fsp},
      {"ab", "Knowledge Transfer via Distillation of Activation Boundaries (AAAI 2019)",
       "sides of zero before the activations, before the labels", adapt_to_ab},
      {"kta", "Knowledge Adaptation for Efficient Semantic Segmentation (CVPR 2019)",
       "translated maps and affinities between their places", adapt_to_kta},
      {"sskd", "Knowledge Distillation Meets Self-Supervision (ECCV 2020)",
       "pictures, their rotations, and which belong together", adapt_to_sskd},
      {"pad", "Prime-Aware Adaptive Distillation (ECCV 2020)", "pooled features over a predicted variance",
       adapt_to_pad},
  };
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_staged(Registries& registries) { model::add_model_methods(registries, model::staged_methods()); }

}  // namespace retort
