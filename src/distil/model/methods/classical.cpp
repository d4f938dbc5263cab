// The classical losses as methods: the engine's recipe with the weights of the published CIFAR-100 comparison
// (megvii-research/mdistiller, configs; sheet knowledge-distillation-bases, section 3).
#include <functional>

#include "core/recipe.h"
#include "core/registries.h"
#include "distil/model/engine/distillation_job.h"

namespace retort::model {

namespace {

/// A method: its paper, and what it changes in the engine's defaults.
struct ClassicalMethod {
  const char* name;
  const char* paper;
  const char* summary;
  std::function<void(LossOptions&)> weigh;
};

ModelOptions defaults_of(const ClassicalMethod& method) {
  ModelOptions options;
  method.weigh(options.loss);
  return options;
}

const std::vector<ClassicalMethod>& classical_methods() {
  static const std::vector<ClassicalMethod> methods = {
      {"ce", "no distillation: the baseline and the way to a teacher", "labels alone", [](LossOptions&) {}},
      {"kd", "Distilling the Knowledge in a Neural Network (2015)", "softened class probabilities of the teacher",
       [](LossOptions& o) {
         o.ce.weight = 0.1;
         o.kd.weight = 0.9;
       }},
      {"dkd", "Decoupled Knowledge Distillation (CVPR 2022)", "the target class and the others apart",
       [](LossOptions& o) { o.dkd.weight = 1; }},
      {"dist", "Knowledge Distillation from A Stronger Teacher (NeurIPS 2022)",
       "correlations instead of equal probabilities", [](LossOptions& o) { o.dist.weight = 1; }},
      {"at", "Paying More Attention to Attention (ICLR 2017)", "where the stages look",
       [](LossOptions& o) { o.at.weight = 1000; }},
      {"sp", "Similarity-Preserving Knowledge Distillation (ICCV 2019)", "which samples resemble each other",
       [](LossOptions& o) { o.sp.weight = 3000; }},
      {"nst", "Like What You Like: Knowledge Distill via Neuron Selectivity Transfer (2017)",
       "distributions of the channels' maps", [](LossOptions& o) { o.nst.weight = 50; }},
      {"pkt", "Learning Deep Representations with Probabilistic Knowledge Transfer (ECCV 2018)",
       "probabilities of being neighbours", [](LossOptions& o) { o.pkt.weight = 30000; }},
      {"fitnets", "FitNets: Hints for Thin Deep Nets (ICLR 2015)", "a middle stage's map, regressed",
       [](LossOptions& o) { o.fitnets.weight = 100; }},
      {"vid", "Variational Information Distillation for Knowledge Transfer (CVPR 2019)",
       "likelihood of the teacher's maps", [](LossOptions& o) { o.vid.weight = 1; }},
      {"cc", "Correlation Congruence for Knowledge Distillation (ICCV 2019)", "correlations between samples",
       [](LossOptions& o) { o.cc.weight = 0.02; }},
      {"crd", "Contrastive Representation Distillation (ICLR 2020)", "the same sample against thousands of others",
       [](LossOptions& o) { o.crd.weight = 0.8; }},
      {"mgd", "Masked Generative Distillation (ECCV 2022)", "the teacher's map made from a masked student's",
       [](LossOptions& o) { o.mgd.weight = 7e-5; }},
      {"reviewkd", "Distilling Knowledge via Knowledge Review (CVPR 2021)", "fused stages against the teacher's",
       [](LossOptions& o) { o.reviewkd.weight = 1; }},
      {"srd", "Understanding the Role of the Projector in Knowledge Distillation (AAAI 2024)",
       "pooled features through a projector",
       [](LossOptions& o) {
         o.kd = {.weight = 1, .temperature = 1};
         o.srd.weight = 2;
       }},
      {"rkd", "Relational Knowledge Distillation (CVPR 2019)", "distances and angles between samples",
       [](LossOptions& o) { o.rkd.weight = 1; }},
  };
  return methods;
}

}  // namespace

}  // namespace retort::model

namespace retort {

void register_classical(Registries& registries) {
  for (const auto& method : model::classical_methods()) {
    registries.methods.add(
        method.name,
        {.family = "model",
         .paper = method.paper,
         .summary = method.summary,
         .options = [&method] { return describe_options_of(model::defaults_of(method)); },
         .make = [&method, &registries](const Recipe& recipe, Context& context) -> std::unique_ptr<run::Job> {
           const auto options = recipe.read(model::defaults_of(method));
           return std::make_unique<model::DistillationJob>(options, recipe.resolved(options), registries, context);
         }});
  }
}

}  // namespace retort
