#include "losses/distillation/dho.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor dho_loss(const DhoBatch& batch, const DhoOptions& options) {
  require_shapes("dho", {{"label head", batch.label_head, "[B,C]"},
                         {"teacher's head, labelled", batch.teacher_head_labelled, "[B,C]"},
                         {"teacher's head, unlabelled", batch.teacher_head_unlabelled, "[U,C]"},
                         {"teacher logits, labelled", batch.teacher_logits_labelled, "[B,C]"},
                         {"teacher logits, unlabelled", batch.teacher_logits_unlabelled, "[U,C]"},
                         {"labels", batch.labels, "[B]"}});
  const KdOptions softened{.temperature = options.temperature};
  const at::Tensor distilled = kd_loss(batch.teacher_head_labelled, batch.teacher_logits_labelled, softened) +
                               kd_loss(batch.teacher_head_unlabelled, batch.teacher_logits_unlabelled, softened);
  return options.cross_entropy_weight * at::cross_entropy_loss(batch.label_head, batch.labels) +
         options.distillation_weight * distilled;
}

at::Tensor dho_probabilities(const at::Tensor& label_head, const at::Tensor& teacher_head, const DhoMixture& mixture) {
  require_shapes("dho", {{"label head", label_head, "[N,C]"}, {"teacher's head", teacher_head, "[N,C]"}});
  return mixture.alpha * at::softmax(label_head, 1) + (1 - mixture.alpha) * at::softmax(teacher_head / mixture.beta, 1);
}

DhoSearchResult search_dho_mixture(const at::Tensor& label_head, const at::Tensor& teacher_head,
                                   const at::Tensor& labels) {
  require_shapes(
      "dho",
      {{"label head", label_head, "[N,C]"}, {"teacher's head", teacher_head, "[N,C]"}, {"labels", labels, "[N]"}});
  const at::NoGradGuard no_grad;
  constexpr int alpha_steps = 20;
  // In float64, so that rounding decides no tie of accuracies.
  const at::Tensor by_labels = label_head.to(at::kDouble), by_teacher = teacher_head.to(at::kDouble);
  DhoSearchResult best{.accuracy = -1, .mixture = {}};
  for (const double beta : {0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0}) {
    for (int step = 0; step <= alpha_steps; ++step) {
      const DhoMixture mixture{.alpha = step / static_cast<double>(alpha_steps), .beta = beta};
      const at::Tensor right = dho_probabilities(by_labels, by_teacher, mixture).argmax(1).eq(labels);
      const double accuracy = 100 * right.to(at::kDouble).mean().item<double>();
      if (accuracy > best.accuracy) best = {.accuracy = accuracy, .mixture = mixture};
    }
  }
  return best;
}

}  // namespace retort::losses

namespace retort {

void register_dho(Registries& registries) {
  registries.parity.add(
      "model.dho.loss",
      {.summary = "labels for one head, the teacher for another",
       .source = "erjui/DHO @846de75, train_others.py train_student",
       .inputs = {{"label_head", "[B,C]"},
                  {"teacher_head_labelled", "[B,C]"},
                  {"teacher_head_unlabelled", "[U,C]"},
                  {"teacher_logits_labelled", "[B,C]"},
                  {"teacher_logits_unlabelled", "[U,C]"},
                  {"labels", "[B]", "i64"}},
       .options = {"temperature", "cross_entropy_weight", "distillation_weight"},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::DhoOptions options;
         options.temperature = call.number("temperature", options.temperature);
         options.cross_entropy_weight = call.number("cross_entropy_weight", options.cross_entropy_weight);
         options.distillation_weight = call.number("distillation_weight", options.distillation_weight);
         call.output("value", losses::dho_loss({.label_head = call.input("label_head"),
                                                .teacher_head_labelled = call.input("teacher_head_labelled"),
                                                .teacher_head_unlabelled = call.input("teacher_head_unlabelled"),
                                                .teacher_logits_labelled = call.input("teacher_logits_labelled"),
                                                .teacher_logits_unlabelled = call.input("teacher_logits_unlabelled"),
                                                .labels = call.input("labels")},
                                               options));
       }});
  registries.parity.add(
      "model.dho.combine",
      {.summary = "probabilities of both heads mixed",
       .source = "erjui/DHO @846de75, train_others.py evaluate",
       .inputs = {{"label_head", "[N,C]"}, {"teacher_head", "[N,C]"}},
       .options = {"alpha", "beta"},
       .outputs = {{"value", "[N,C]"}},
       .run = [](run::ParityCall& call) {
         losses::DhoMixture mixture;
         mixture.alpha = call.number("alpha", mixture.alpha);
         mixture.beta = call.number("beta", mixture.beta);
         call.output("value", losses::dho_probabilities(call.input("label_head"), call.input("teacher_head"), mixture));
       }});
  registries.parity.add("model.dho.search",
                        {.summary = "the mixture of both heads that is right most often",
                         .source = "erjui/DHO @846de75, train_others.py evaluate(search_param=True)",
                         .inputs = {{"label_head", "[N,C]"}, {"teacher_head", "[N,C]"}, {"labels", "[N]", "i64"}},
                         .outputs = {{"accuracy", "[]"}, {"alpha", "[]"}, {"beta", "[]"}},
                         .run = [](run::ParityCall& call) {
                           const auto found = losses::search_dho_mixture(
                               call.input("label_head"), call.input("teacher_head"), call.input("labels"));
                           const auto scalar = [](double value) { return at::scalar_tensor(value, at::kDouble); };
                           call.output("accuracy", scalar(found.accuracy));
                           call.output("alpha", scalar(found.mixture.alpha));
                           call.output("beta", scalar(found.mixture.beta));
                         }});
}

}  // namespace retort
