#include "losses/distillation/soft_cross_entropy.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

at::Tensor soft_cross_entropy(const at::Tensor& student_logits, const at::Tensor& soft_labels) {
  require_shapes("soft cross-entropy",
                 {{"student logits", student_logits, "[B,C]"}, {"soft labels", soft_labels, "[B,C]"}});
  return -(soft_labels * at::log_softmax(student_logits, 1)).sum(1).mean();
}

namespace {

ParityFunction parity_of_soft_labels(const char* source) {
  return {.summary = "cross-entropy with probabilities as labels",
          .source = source,
          .inputs = {{"student_logits", "[B,C]"}, {"soft_labels", "[B,C]"}},
          .outputs = {{"value", "[]"}},
          .run = [](run::ParityCall& call) {
            call.output("value", soft_cross_entropy(call.input("student_logits"), call.input("soft_labels")));
          }};
}

}  // namespace

}  // namespace retort::losses

namespace retort {

void register_soft_cross_entropy(Registries& registries) {
  registries.parity.add("model.meal_v2.soft_cross_entropy",
                        losses::parity_of_soft_labels("szq0214/MEAL-V2 @59e6bca, extensions/kd_loss.py KLLoss"));
  registries.parity.add("model.ferkd.soft_cross_entropy",
                        losses::parity_of_soft_labels("szq0214/FKD @afd5294, FKD/utils_FKD.py Soft_CrossEntropy"));
  registries.parity.add("model.ssld.soft_cross_entropy",
                        losses::parity_of_pair({.summary = "cross-entropy with the teacher's probabilities",
                                                .source = "derived from PaddleClas ppcls/loss/celoss.py CELoss",
                                                .name = "logits",
                                                .student_pattern = "[B,C]",
                                                .teacher_pattern = "[B,C]",
                                                .loss = [](const auto&, const auto& student, const auto& teacher) {
                                                  return losses::soft_cross_entropy(student, at::softmax(teacher, 1));
                                                }}));
}

}  // namespace retort
