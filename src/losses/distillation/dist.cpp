#include "losses/distillation/dist.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr double correlation_epsilon = 1e-8;

using Correlation = at::Tensor (*)(const at::Tensor& first, const at::Tensor& second, int64_t axis);

at::Tensor centred(const at::Tensor& values, int64_t axis) { return values - values.mean({axis}, true); }

/// Pearson's correlation along `axis`, each norm held at correlation_epsilon or more.
at::Tensor correlation_of_held_norms(const at::Tensor& first, const at::Tensor& second, int64_t axis) {
  return at::cosine_similarity(centred(first, axis), centred(second, axis), axis, correlation_epsilon);
}

/// The same with correlation_epsilon added to the product of the norms: another gradient where values hardly vary.
at::Tensor correlation_of_added_epsilon(const at::Tensor& first, const at::Tensor& second, int64_t axis) {
  const at::Tensor a = centred(first, axis), b = centred(second, axis);
  return (a * b).sum(axis) / (a.norm(2, {axis}) * b.norm(2, {axis}) + correlation_epsilon);
}

DistTerms relation_terms(const at::Tensor& student_logits, const at::Tensor& teacher_logits, double temperature,
                         Correlation correlation) {
  const at::Tensor student = at::softmax(student_logits / temperature, 1),
                   teacher = at::softmax(teacher_logits / temperature, 1);
  const double scale = temperature * temperature;
  return {.between_classes = scale * (1 - correlation(student, teacher, 1).mean()),
          .within_class = scale * (1 - correlation(student, teacher, 0).mean())};
}

/// [B,C,H,W] -> [B*H*W,C].
at::Tensor pixels_as_samples(const at::Tensor& logits) {
  return logits.dim() == 4 ? logits.permute({0, 2, 3, 1}).reshape({-1, logits.size(1)}) : logits;
}

}  // namespace

DistTerms dist_terms(const at::Tensor& student_logits, const at::Tensor& teacher_logits, double temperature) {
  require_shapes("dist", {{"student logits", student_logits, "[B,C]"}, {"teacher logits", teacher_logits, "[B,C]"}});
  return relation_terms(student_logits, teacher_logits, temperature, correlation_of_held_norms);
}

at::Tensor dist_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const DistOptions& options) {
  const auto terms = dist_terms(student_logits, teacher_logits, options.temperature);
  return options.beta * terms.between_classes + options.gamma * terms.within_class;
}

at::Tensor dist_segmentation_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                                  const DistSegmentationOptions& options) {
  const char* const pattern = student_logits.dim() == 4 ? "[B,C,H,W]" : "[B,C]";
  require_shapes("dist segmentation",
                 {{"student logits", student_logits, pattern}, {"teacher logits", teacher_logits, pattern}});
  const auto terms = relation_terms(pixels_as_samples(student_logits), pixels_as_samples(teacher_logits), 1,
                                    correlation_of_added_epsilon);
  return options.beta * terms.between_classes + options.gamma * terms.within_class;
}

at::Tensor dist_plus_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                          const at::Tensor& student_features, const at::Tensor& teacher_features,
                          const DistPlusOptions& options) {
  require_shapes("dist+", {{"student logits", student_logits, "[B,C]"},
                           {"teacher logits", teacher_logits, "[B,C]"},
                           {"student features", student_features, "[B,D,H,W]"},
                           {"teacher features", teacher_features, "[B,D,H,W]"}});
  const at::Tensor channel = correlation_of_added_epsilon(student_features, teacher_features, 1).mean();
  const at::Tensor spatial = 1 - correlation_of_held_norms(student_features.sum(1), teacher_features.sum(1), 0).mean();
  return dist_loss(student_logits, teacher_logits,
                   {.beta = options.beta, .gamma = options.gamma, .temperature = options.temperature}) +
         options.iota * channel + options.kappa * spatial;
}

}  // namespace retort::losses

namespace retort {

void register_dist(Registries& registries) {
  registries.parity.add(
      "model.dist.loss",
      losses::parity_of_pair(
          {.summary = "correlation of class probabilities, over classes and over the batch",
           .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py DISTLoss",
           .name = "logits",
           .student_pattern = "[B,C]",
           .teacher_pattern = "[B,C]",
           .options = {"beta", "gamma", "temperature"},
           .loss = [](const auto& call, const auto& student, const auto& teacher) {
             losses::DistOptions options;
             options.beta = call.number("beta", options.beta);
             options.gamma = call.number("gamma", options.gamma);
             options.temperature = call.number("temperature", options.temperature);
             return losses::dist_loss(student, teacher, options);
           }}));
  registries.parity.add("model.dist.segmentation_loss",
                        losses::parity_of_pair({.summary = "correlation of class probabilities, each pixel a sample",
                                                .source = "hunto/DIST_KD @2418f18, segmentation/losses/dist_kd.py DIST",
                                                .name = "logits",
                                                .student_pattern = "[B,C,...]",
                                                .teacher_pattern = "[B,C,...]",
                                                .options = {"beta", "gamma"},
                                                .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                                  losses::DistSegmentationOptions options;
                                                  options.beta = call.number("beta", options.beta);
                                                  options.gamma = call.number("gamma", options.gamma);
                                                  return losses::dist_segmentation_loss(student, teacher, options);
                                                }}));
  registries.parity.add(
      "model.dist_plus.loss",
      {.summary = "DIST with correlations of features over channels and over the batch",
       .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py DISTPlusLoss",
       .inputs = {{"student_logits", "[B,C]"},
                  {"teacher_logits", "[B,C]"},
                  {"student_features", "[B,D,H,W]"},
                  {"teacher_features", "[B,D,H,W]"}},
       .options = {"beta", "gamma", "iota", "kappa", "temperature"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::DistPlusOptions options;
         options.beta = call.number("beta", options.beta);
         options.gamma = call.number("gamma", options.gamma);
         options.iota = call.number("iota", options.iota);
         options.kappa = call.number("kappa", options.kappa);
         options.temperature = call.number("temperature", options.temperature);
         call.output("value",
                     losses::dist_plus_loss(call.input("student_logits"), call.input("teacher_logits"),
                                            call.input("student_features"), call.input("teacher_features"), options));
       }});
}

}  // namespace retort
