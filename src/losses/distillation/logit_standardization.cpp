#include "losses/distillation/logit_standardization.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {
constexpr double deviation_epsilon = 1e-7;
}

at::Tensor standardized_logits(const at::Tensor& logits) {
  require_shapes("logit standardization", {{"logits", logits, "[B,C]"}});
  if (logits.size(1) < 2) user_error("logit standardization: logits of one class have no deviation");
  return (logits - logits.mean({1}, true)) / (logits.std({1}, /*unbiased=*/true, /*keepdim=*/true) + deviation_epsilon);
}

at::Tensor logit_standardization_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                                      const at::Tensor& labels, const LogitStandardizationOptions& options) {
  require_shapes("logit standardization", {{"student logits", student_logits, "[B,C]"},
                                           {"teacher logits", teacher_logits, "[B,C]"},
                                           {"labels", labels, "[B]"}});
  const at::Tensor divergence = softened_divergence(standardized_logits(student_logits),
                                                    standardized_logits(teacher_logits), options.temperature);
  return weighted_with_cross_entropy(divergence, student_logits, labels,
                                     {.temperature = options.temperature, .alpha = options.alpha});
}

}  // namespace retort::losses

namespace retort {

void register_logit_standardization(Registries& registries) {
  registries.parity.add(
      "model.logit_standardization.loss",
      {.summary = "cross-entropy and divergence of standardised logits, weighted",
       .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py LogitStdKDLoss",
       .inputs = {{"student_logits", "[B,C]"}, {"teacher_logits", "[B,C]"}, {"labels", "[B]", "i64"}},
       .options = {"temperature", "alpha"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::LogitStandardizationOptions options;
         options.temperature = call.number("temperature", options.temperature);
         options.alpha = call.number("alpha", options.alpha);
         call.output("value",
                     losses::logit_standardization_loss(call.input("student_logits"), call.input("teacher_logits"),
                                                        call.input("labels"), options));
       }});
}

}  // namespace retort
