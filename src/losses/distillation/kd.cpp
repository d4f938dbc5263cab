#include "losses/distillation/kd.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor softened_divergence(const at::Tensor& student_logits, const at::Tensor& teacher_logits, double temperature) {
  const at::Tensor student = at::log_softmax(student_logits / temperature, -1),
                   teacher = at::softmax(teacher_logits / temperature, -1);
  const auto rows = static_cast<double>(student_logits.numel() / student_logits.size(-1));
  return at::kl_div(student, teacher, at::Reduction::Sum) / rows;
}

at::Tensor kd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const KdOptions& options) {
  require_shapes("kd", {{"student logits", student_logits, "[B,C]"}, {"teacher logits", teacher_logits, "[B,C]"}});
  return options.temperature * options.temperature *
         softened_divergence(student_logits, teacher_logits, options.temperature);
}

at::Tensor weighted_with_cross_entropy(const at::Tensor& divergence, const at::Tensor& student_logits,
                                       const at::Tensor& labels, const WeightedKdOptions& options) {
  if (options.alpha == 0) return divergence;
  return options.alpha * at::cross_entropy_loss(student_logits, labels) +
         (1 - options.alpha) * options.temperature * options.temperature * divergence;
}

at::Tensor weighted_kd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                            const at::Tensor& labels, const WeightedKdOptions& options) {
  require_shapes("weighted kd", {{"student logits", student_logits, "[B,C]"},
                                 {"teacher logits", teacher_logits, "[B,C]"},
                                 {"labels", labels, "[B]"}});
  return weighted_with_cross_entropy(softened_divergence(student_logits, teacher_logits, options.temperature),
                                     student_logits, labels, options);
}

}  // namespace retort::losses

namespace retort {

void register_kd(Registries& registries) {
  registries.parity.add(
      "model.kd.loss",
      losses::parity_of_pair({.summary = "divergence of softened class probabilities, times temperature^2",
                              .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/KD.py kd_loss",
                              .name = "logits",
                              .student_pattern = "[B,C]",
                              .teacher_pattern = "[B,C]",
                              .options = {"temperature"},
                              .loss = [](const auto& call, const auto& student, const auto& teacher) {
                                losses::KdOptions options;
                                options.temperature = call.number("temperature", options.temperature);
                                return losses::kd_loss(student, teacher, options);
                              }}));
  registries.parity.add(
      "model.kd.weighted_loss",
      {.summary = "cross-entropy and divergence of softened class probabilities, weighted",
       .source = "yoshitomo-matsubara/torchdistill @3e4373c, torchdistill/losses/mid_level.py KDLoss",
       .inputs = {{"student_logits", "[B,C]"}, {"teacher_logits", "[B,C]"}, {"labels", "[B]", "i64"}},
       .options = {"temperature", "alpha"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::WeightedKdOptions options;
         options.temperature = call.number("temperature", options.temperature);
         options.alpha = call.number("alpha", options.alpha);
         call.output("value", losses::weighted_kd_loss(call.input("student_logits"), call.input("teacher_logits"),
                                                       call.input("labels"), options));
       }});
}

}  // namespace retort
