// Classical methods that train in stages, with the published lengths and rates (sheets knowledge-distillation-bases,
// section 3, and torchdistill, sections 4 and 5).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"
#include "distil/model/methods/training_settings.h"

namespace retort::model {

namespace {

/// A stage of `epochs` at a rate that stays or, with milestones, falls to a tenth at each. Its loss has no term yet.
StageOptions stage_of(int64_t epochs, double learning_rate, std::vector<int64_t> milestones = {}) {
  StageOptions stage;
  stage.epochs = epochs;
  stage.optimiser = sgd(learning_rate);
  stage.schedule = milestones.empty() ? constant_rate() : falling_at(std::move(milestones));
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
  mimic.loss.pad.weight = 15;
  mimic.loss.pad.variance = false;
  mimic.epochs = o.train.epochs;
  mimic.optimiser = o.train.optimiser;
  mimic.schedule = o.train.schedule;
  o.before = {{"mimic", mimic}};
  o.loss.pad.weight = 1;
  o.train.epochs = 30;
  o.train.optimiser = sgd(0.002);
  o.train.schedule = constant_rate();
}

const std::vector<ModelMethod>& staged_methods() {
  static const std::vector<ModelMethod> methods = {
      {"ft", "Paraphrasing Complex Network: Network Compression via Factor Transfer (NeurIPS 2018)",
       "factors that a paraphraser of the teacher's map extracts", adapt_to_ft,
       "stage 'paraphraser': mean (P(t) - t)^2, t the teacher's last map, z_t the middle of P\n"
       "then L = CE(y, p_s) + 200 mean |a(z_s) - a(z_t)|, z_s the translator of the student's last map\n"
       "a(f) = f flattened after the mean over the channels of f^2, of unit length",
       "Kim et al. 2018; HobbitLong/RepDistiller, distiller_zoo/FT.py, train_student.py"},
      {"fsp", "A Gift from Knowledge Distillation (CVPR 2017)", "products of consecutive stages, before the labels",
       adapt_to_fsp,
       "stage 'flow': sum over pairs of stages of mean (F(s) - F(t))^2, F = f_i f_i+1^T / (HW)\n"
       "then L = CE(y, p_s)",
       "Yim et al. 2017; HobbitLong/RepDistiller, distiller_zoo/FSP.py, train_student.py"},
      {"ab", "Knowledge Transfer via Distillation of Activation Boundaries (AAAI 2019)",
       "sides of zero before the activations, before the labels", adapt_to_ab,
       "stage 'boundaries': 3/1000 sum over stages k of 2^(k-n+1) sum of d(r(s), t) / B\n"
       "d = (s + 1)^2 where s > -1 and t <= 0; (s - 1)^2 where s <= 1 and t > 0; maps before activation\n"
       "then L = CE(y, p_s)",
       "Heo et al. 2019; HobbitLong/RepDistiller, distiller_zoo/AB.py, train_student.py"},
      {"kta", "Knowledge Adaptation for Efficient Semantic Segmentation (CVPR 2019)",
       "translated maps and affinities between their places", adapt_to_kta,
       "stage 'paraphraser': mean (P(t) - t)^2 + 1e-7 ||z_t||_1, z_t the middle of P\n"
       "then L = CE(y, p_s) + 50 mean |u(adapter(s)) - u(z_t)| + affinity, u: unit length\n"
       "affinity = mean over B of sum over channels of ||(s_c s_c^T - t_c t_c^T) / HW||_F",
       "He et al. 2019; yoshitomo-matsubara/torchdistill, losses/mid_level.py KTALoss, AffinityLoss, configs of ktaad"},
      {"sskd", "Knowledge Distillation Meets Self-Supervision (ECCV 2020)",
       "pictures, their rotations, and which belong together", adapt_to_sskd,
       "stage 'head': CE of the cosines between the heads of rotations and of originals\n"
       "then L = CE(y, p_s) + 0.9 4^2 KL(logits) + 10 0.5^2 KL(cosine rows) + 2.7 4^2 KL(rotations' logits)\n"
       "of the last two those rows that the teacher gets right, and the best ranked share of the others",
       "Xu et al. 2020; yoshitomo-matsubara/torchdistill, losses/mid_level.py AuxSSKDLoss, SSKDLoss"},
      {"pad", "Prime-Aware Adaptive Distillation (ECCV 2020)", "pooled features over a predicted variance",
       adapt_to_pad,
       "stage 'mimic': CE(y, p_s) + 15 mean (s - t)^2, pooled vectors\n"
       "then L = CE(y, p_s) + mean ((s - t)^2 / (1e-6 + exp v) + v), v: log-variance from a branch on s",
       "Zhang et al. 2020; yoshitomo-matsubara/torchdistill, losses/mid_level.py PADL2Loss; the first stage is its "
       "cse_l2"},
  };
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_staged(Registries& registries) {
  model::add_model_methods(registries, model::staged_methods(), "docs/methods/knowledge-distillation-bases.md");
}

}  // namespace retort
