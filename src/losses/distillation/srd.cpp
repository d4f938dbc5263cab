#include "losses/distillation/srd.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/shapes.h"
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
}

}  // namespace retort
