#include "losses/distillation/srd.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor log_sum_difference(const at::Tensor& student, const at::Tensor& teacher, double exponent) {
  return (student - teacher).abs().pow(exponent).sum().clamp_min(std::numeric_limits<float>::min()).log();
}

at::Tensor standardized_over_batch(const at::Tensor& features, double eps) {
  const at::Tensor centred = features - features.mean({0}, true);
  return centred * (centred.square().mean({0}, true) + eps).rsqrt();
}

at::Tensor srd_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const at::Tensor& student_logits, const at::Tensor& teacher_logits, const SrdOptions& options) {
  require_shapes("srd", {{"student features", student_features, "[B,D]"},
                         {"teacher features", teacher_features, "[B,D]"},
                         {"student logits", student_logits, "[B,C]"},
                         {"teacher logits", teacher_logits, "[B,C]"}});
  return 2 * log_sum_difference(student_features, teacher_features, options.exponent) +
         softened_divergence(student_logits, teacher_logits, options.temperature);
}

SrdFeatures srd_feature_loss(const nn::Scope& scope, const at::Tensor& student_features,
                             const at::Tensor& teacher_features, const SrdFeatureOptions& options) {
  require_shapes("srd",
                 {{"student features", student_features, "[B,D]"}, {"teacher features", teacher_features, "[B,E]"}});
  const at::Tensor projected =
      nn::linear(scope / "projector", student_features, {.out_features = teacher_features.size(1)});
  const at::Tensor student = standardized_over_batch(projected, options.eps),
                   teacher = standardized_over_batch(teacher_features, options.eps);
  return {.loss = log_sum_difference(student, teacher, options.exponent), .student = student, .teacher = teacher};
}

}  // namespace retort::losses

namespace retort {

void register_srd(Registries& registries) {
  registries.parity.add(
      "model.srd.loss",
      {.summary = "log-sum of powers of the difference of normalised features, and divergence of logits",
       .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py SRDLoss",
       .inputs = {{"student_features", "[B,D]"},
                  {"teacher_features", "[B,D]"},
                  {"student_logits", "[B,C]"},
                  {"teacher_logits", "[B,C]"}},
       .options = {"exponent", "temperature"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::SrdOptions options;
         options.exponent = call.number("exponent", options.exponent);
         options.temperature = call.number("temperature", options.temperature);
         call.output("value", losses::srd_loss(call.input("student_features"), call.input("teacher_features"),
                                               call.input("student_logits"), call.input("teacher_logits"), options));
       }});
  registries.parity.add("model.srd.feature_loss",
                        {.summary = "log-sum of powers of the difference of projected and standardised features",
                         .source = "derived from the paper's equations",
                         .inputs = {{"student_features", "[B,D]"}, {"teacher_features", "[B,E]"}},
                         .states = {{"projector.weight", "[E,D]"}, {"projector.bias", "[E]"}},
                         .options = {"eps", "exponent"},
                         .outputs = {{"value", "[]"}, {"student", "[B,E]"}, {"teacher", "[B,E]"}},
                         .run = [](run::ParityCall& call) {
                           const auto weights = nn::parity_weights(call);
                           nn::GivenSource source(weights);
                           losses::SrdFeatureOptions options;
                           options.eps = call.number("eps", options.eps);
                           options.exponent = call.number("exponent", options.exponent);
                           const auto result =
                               losses::srd_feature_loss(nn::Scope(source), call.input("student_features"),
                                                        call.input("teacher_features"), options);
                           call.output("value", result.loss);
                           call.output("student", result.student);
                           call.output("teacher", result.teacher);
                         }});
}

}  // namespace retort
