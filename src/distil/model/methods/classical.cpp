// The classical losses as methods: the engine's recipe with the published weights. Those of the CIFAR-100 comparison
// come from megvii-research/mdistiller, configs (sheet knowledge-distillation-bases, section 3), those that it lacks
// from torchdistill's configs (sheet torchdistill, section 5).
#include "core/registries.h"
#include "distil/model/methods/model_method.h"

namespace retort::model {

namespace {

const std::vector<ModelMethod>& classical_methods() {
  static const std::vector<ModelMethod> methods = {
      {"ce", "no distillation: the baseline and the way to a teacher", "labels alone", [](ModelOptions&) {}},
      {"kd", "Distilling the Knowledge in a Neural Network (2015)", "softened class probabilities of the teacher",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.1;
         o.loss.kd.weight = 0.9;
       }},
      {"kd-ls", "Logit Standardization in Knowledge Distillation (CVPR 2024)",
       "class probabilities of standardised logits",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.1;
         o.loss.kd = {.weight = 0.9, .temperature = 2, .standardise = true};
       }},
      {"tf-kd", "Revisiting Knowledge Distillation via Label Smoothing Regularization (CVPR 2020)",
       "a trained student teaches a fresh one of its own architecture",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.9;
         o.loss.kd = {.weight = 0.1, .temperature = 1};
       }},
      {"dkd", "Decoupled Knowledge Distillation (CVPR 2022)", "the target class and the others apart",
       [](ModelOptions& o) { o.loss.dkd.weight = 1; }},
      {"dist", "Knowledge Distillation from A Stronger Teacher (NeurIPS 2022)",
       "correlations instead of equal probabilities", [](ModelOptions& o) { o.loss.dist.weight = 1; }},
      {"dist-plus", "DIST+: Knowledge Distillation from a Stronger Adaptive Teacher (2025)",
       "correlations of probabilities and of maps", [](ModelOptions& o) { o.loss.dist_plus.weight = 2; }},
      {"skd", "Streamlined knowledge distillation (2026)", "class probabilities, and directions between samples",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0;
         o.loss.skd.weight = 1;
       }},
      {"at", "Paying More Attention to Attention (ICLR 2017)", "where the stages look",
       [](ModelOptions& o) { o.loss.at.weight = 1000; }},
      {"sp", "Similarity-Preserving Knowledge Distillation (ICCV 2019)", "which samples resemble each other",
       [](ModelOptions& o) { o.loss.sp.weight = 3000; }},
      {"nst", "Like What You Like: Knowledge Distill via Neuron Selectivity Transfer (2017)",
       "distributions of the channels' maps", [](ModelOptions& o) { o.loss.nst.weight = 50; }},
      {"pkt", "Learning Deep Representations with Probabilistic Knowledge Transfer (ECCV 2018)",
       "probabilities of being neighbours", [](ModelOptions& o) { o.loss.pkt.weight = 30000; }},
      {"rkd", "Relational Knowledge Distillation (CVPR 2019)", "distances and angles between samples",
       [](ModelOptions& o) { o.loss.rkd.weight = 1; }},
      {"hint", "no paper: the squared difference of pooled features, 15 times (torchdistill, cse_l2)",
       "activations themselves",
       [](ModelOptions& o) {
         o.loss.maps.weight = 15;
         o.loss.maps.taps = {.student = {"avgpool"}, .teacher = {"avgpool"}};
       }},
      {"cwd", "Channel-wise Knowledge Distillation for Dense Prediction (ICCV 2021)",
       "each channel as a distribution over places", [](ModelOptions& o) { o.loss.cwd.weight = 5; }},
      {"ofd", "A Comprehensive Overhaul of Feature Distillation (ICCV 2019)",
       "stages before their activation, above a margin", [](ModelOptions& o) { o.loss.ofd.weight = 1e-3; }},
      {"ickd", "Exploring Inter-Channel Correlation for Diversity-Preserved Knowledge Distillation (ICCV 2021)",
       "correlations between channels",
       [](ModelOptions& o) {
         o.loss.ce.weight = 0.5;
         o.loss.kd = {.weight = 0.5, .temperature = 1};
         o.loss.ickd.weight = 500;
       }},
      {"fitnets", "FitNets: Hints for Thin Deep Nets (ICLR 2015)", "a middle stage's map, regressed",
       [](ModelOptions& o) { o.loss.fitnets.weight = 100; }},
      {"vid", "Variational Information Distillation for Knowledge Transfer (CVPR 2019)",
       "likelihood of the teacher's maps", [](ModelOptions& o) { o.loss.vid.weight = 1; }},
      {"cc", "Correlation Congruence for Knowledge Distillation (ICCV 2019)", "correlations between samples",
       [](ModelOptions& o) { o.loss.cc.weight = 0.02; }},
      {"crd", "Contrastive Representation Distillation (ICLR 2020)", "the same sample against thousands of others",
       [](ModelOptions& o) { o.loss.crd.weight = 0.8; }},
      {"mgd", "Masked Generative Distillation (ECCV 2022)", "the teacher's map made from a masked student's",
       [](ModelOptions& o) { o.loss.mgd.weight = 7e-5; }},
      {"reviewkd", "Distilling Knowledge via Knowledge Review (CVPR 2021)", "fused stages against the teacher's",
       [](ModelOptions& o) { o.loss.reviewkd.weight = 1; }},
      {"srd", "Understanding the Role of the Projector in Knowledge Distillation (AAAI 2024)",
       "pooled features through a projector",
       [](ModelOptions& o) {
         o.loss.kd = {.weight = 1, .temperature = 1};
         o.loss.srd.weight = 2;
       }},
  };
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_classical(Registries& registries) { model::add_model_methods(registries, model::classical_methods()); }

}  // namespace retort
