#include "losses/distillation/lelp.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "losses/distillation/soft_cross_entropy.h"
#include "run/parity.h"

namespace retort::losses {

namespace {
constexpr double smallest_scale = 1e-12;
}

at::Tensor subclass_targets(const at::Tensor& teacher_logits, const at::Tensor& scores, const at::Tensor& scale,
                            const SubclassTargetOptions& options) {
  require_shapes("lelp",
                 {{"teacher logits", teacher_logits, "[B,C]"}, {"scores", scores, "[B,C,S]"}, {"scale", scale, "[C]"}});
  const at::Tensor inverse_scale =
      at::where(scale.gt(smallest_scale), scale.clamp_min(smallest_scale).reciprocal(), at::zeros({}, scale.options()));
  const at::Tensor split = at::softmax(scores * (inverse_scale / options.beta).view({1, -1, 1}), 2);
  return (at::softmax(teacher_logits / options.temperature, 1).unsqueeze(2) * split).flatten(1);
}

at::Tensor class_log_probabilities(const at::Tensor& subclass_logits, int64_t subclasses) {
  require_shapes("lelp", {{"student logits", subclass_logits, "[B,K]"}});
  if (subclasses < 1 || subclass_logits.size(1) % subclasses != 0) {
    user_error("lelp: {} student logits are no whole number of classes of {} subclasses", subclass_logits.size(1),
               subclasses);
  }
  return at::log_softmax(subclass_logits, 1).view({subclass_logits.size(0), -1, subclasses}).logsumexp({2});
}

at::Tensor lelp_loss(const at::Tensor& student_logits, const at::Tensor& targets, const at::Tensor& labels,
                     const LelpOptions& options) {
  require_shapes(
      "lelp",
      {{"student logits", student_logits, "[B,K]"}, {"subclass targets", targets, "[B,K]"}, {"labels", labels, "[B]"}});
  const double temperature = options.temperature;
  const at::Tensor distilled = temperature * temperature * soft_cross_entropy(student_logits / temperature, targets);
  const at::Tensor classes = class_log_probabilities(student_logits, options.subclasses);
  return options.alpha * at::nll_loss(classes, labels) + (1 - options.alpha) * distilled;
}

}  // namespace retort::losses

namespace retort {

void register_lelp(Registries& registries) {
  const char* source = "derived from the paper";
  registries.parity.add("model.lelp.subclass_targets",
                        {.summary = "class probabilities split among pseudo-subclasses",
                         .source = source,
                         .inputs = {{"teacher_logits", "[B,C]"}, {"scores", "[B,C,S]"}, {"scale", "[C]"}},
                         .options = {"beta", "temperature"},
                         .outputs = {{"value", "[B,K]"}},
                         .run = [](run::ParityCall& call) {
                           losses::SubclassTargetOptions options;
                           options.beta = call.number("beta", options.beta);
                           options.temperature = call.number("temperature", options.temperature);
                           call.output("value",
                                       losses::subclass_targets(call.input("teacher_logits"), call.input("scores"),
                                                                call.input("scale"), options));
                         }});
  registries.parity.add("model.lelp.loss",
                        {.summary = "cross-entropy with probabilities of pseudo-subclasses, and with labels",
                         .source = source,
                         .inputs = {{"student_logits", "[B,K]"}, {"targets", "[B,K]"}, {"labels", "[B]", "i64"}},
                         .options = {"temperature", "alpha", "subclasses"},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           losses::LelpOptions options;
                           options.temperature = call.number("temperature", options.temperature);
                           options.alpha = call.number("alpha", options.alpha);
                           options.subclasses = call.integer("subclasses");
                           call.output("value", losses::lelp_loss(call.input("student_logits"), call.input("targets"),
                                                                  call.input("labels"), options));
                         }});
}

}  // namespace retort
