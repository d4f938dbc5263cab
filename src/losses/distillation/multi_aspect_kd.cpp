#include "losses/distillation/multi_aspect_kd.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

MultiAspectLoss multi_aspect_loss(const at::Tensor& student_logits, const at::Tensor& aspect_probabilities,
                                  const at::Tensor& labels, const MultiAspectOptions& options) {
  require_shapes("multi-aspect", {{"student logits", student_logits, "[B,K]"},
                                  {"aspect probabilities", aspect_probabilities, "[B,N]"},
                                  {"labels", labels, "[B]"}});
  const int64_t aspects = aspect_probabilities.size(1), classes = student_logits.size(1) - aspects;
  if (classes < 1) {
    user_error("multi-aspect: {} student logits for {} aspects; there should be one for each class before them",
               student_logits.size(1), aspects);
  }
  const at::Tensor aspect =
      at::binary_cross_entropy_with_logits(student_logits.narrow(1, classes, aspects), aspect_probabilities);
  const at::Tensor by_labels = at::cross_entropy_loss(student_logits.narrow(1, 0, classes), labels);
  return {.value = options.cross_entropy_weight * by_labels + options.alpha * aspect, .aspect = aspect};
}

at::Tensor yes_probability(const at::Tensor& yes_logit, const at::Tensor& no_logit) {
  require_shapes("multi-aspect", {{"yes logit", yes_logit, "[B]"}, {"no logit", no_logit, "[B]"}});
  return (yes_logit - no_logit).sigmoid();
}

}  // namespace retort::losses

namespace retort {

void register_multi_aspect_kd(Registries& registries) {
  registries.parity.add(
      "model.multi_aspect_kd.loss",
      {.summary = "labels, and answers to yes-or-no questions",
       .source = "taegyeong-lee/Multi-aspect-Knowledge-Distillation @b63df17, mdistiller/distillers/MaKD.py",
       .inputs = {{"student_logits", "[B,K]"}, {"aspect_probabilities", "[B,N]"}, {"labels", "[B]", "i64"}},
       .options = {"alpha", "cross_entropy_weight"},
       .outputs = {{"value", "[]"}, {"aspect", "[]"}},
       .run = [](run::ParityCall& call) {
         losses::MultiAspectOptions options;
         options.alpha = call.number("alpha", options.alpha);
         options.cross_entropy_weight = call.number("cross_entropy_weight", options.cross_entropy_weight);
         const auto loss = losses::multi_aspect_loss(call.input("student_logits"), call.input("aspect_probabilities"),
                                                     call.input("labels"), options);
         call.output("value", loss.value);
         call.output("aspect", loss.aspect);
       }});
  registries.parity.add("model.multi_aspect_kd.yes_probability",
                        {.summary = "probability of yes from the logits of yes and no",
                         .source = "derived from the paper",
                         .inputs = {{"yes_logit", "[B]"}, {"no_logit", "[B]"}},
                         .outputs = {{"value", "[B]"}},
                         .run = [](run::ParityCall& call) {
                           call.output("value",
                                       losses::yes_probability(call.input("yes_logit"), call.input("no_logit")));
                         }});
}

}  // namespace retort
