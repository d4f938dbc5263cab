#include "losses/distillation/ofa_kd.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "losses/distillation/soft_cross_entropy.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor ofa_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                    const OfaOptions& options) {
  require_shapes("ofa", {{"student logits", student_logits, "[B,C]"},
                         {"teacher logits", teacher_logits, "[B,C]"},
                         {"labels", labels, "[B]"}});
  const at::Tensor teacher = at::softmax(teacher_logits / options.temperature, 1);
  const at::Tensor label = at::zeros_like(teacher).scatter(1, labels.unsqueeze(1), 1);
  const at::Tensor weights = options.form == OfaForm::code
                                 ? (teacher + label).pow(options.gamma) - label
                                 : at::where(label.gt(0), (1 + teacher).pow(options.gamma), teacher);
  return soft_cross_entropy(student_logits / options.temperature, weights);
}

}  // namespace retort::losses

namespace retort {

void register_ofa_kd(Registries& registries) {
  registries.parity.add("model.ofa_kd.loss",
                        {.summary = "cross-entropy with the teacher's probabilities, the true class raised",
                         .source = "Hao840/OFAKD @f7bb896, distillers/ofa.py ofa_loss",
                         .inputs = {{"student_logits", "[B,C]"}, {"teacher_logits", "[B,C]"}, {"labels", "[B]", "i64"}},
                         .options = {"gamma", "temperature"},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           losses::OfaOptions options;
                           options.gamma = call.number("gamma", options.gamma);
                           options.temperature = call.number("temperature", options.temperature);
                           call.output("value",
                                       losses::ofa_loss(call.input("student_logits"), call.input("teacher_logits"),
                                                        call.input("labels"), options));
                         }});
}

}  // namespace retort
