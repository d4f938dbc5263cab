#include "losses/distillation/dkd.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/shapes.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr double true_class_push = 1000;

/// Log-probabilities [B,C] -> those of "the label" and "anything else" [B,2].
at::Tensor label_or_not(const at::Tensor& log_probabilities, const at::Tensor& label_column,
                        const at::Tensor& is_label) {
  const at::Tensor others = log_probabilities.masked_fill(is_label, -std::numeric_limits<double>::infinity());
  return at::cat({log_probabilities.gather(1, label_column), others.logsumexp({1}, true)}, 1);
}

}  // namespace

DkdTerms dkd_terms(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                   double temperature) {
  require_shapes("dkd", {{"student logits", student_logits, "[B,C]"},
                         {"teacher logits", teacher_logits, "[B,C]"},
                         {"labels", labels, "[B]"}});
  if (student_logits.size(1) < 2) user_error("dkd: logits of one class; the loss compares the other classes");
  const at::Tensor label_column = labels.unsqueeze(1);
  const at::Tensor is_label =
      at::zeros(student_logits.sizes(), student_logits.options().dtype(at::kBool)).scatter_(1, label_column, true);
  const at::Tensor student = student_logits / temperature, teacher = teacher_logits / temperature;
  const at::Tensor binary_student = label_or_not(at::log_softmax(student, 1), label_column, is_label),
                   binary_teacher = label_or_not(at::log_softmax(teacher, 1), label_column, is_label);
  const double scale = temperature * temperature;
  const at::Tensor push = is_label.to(student.scalar_type()) * true_class_push;
  return {.target = scale / static_cast<double>(labels.size(0)) *
                    at::kl_div(binary_student, binary_teacher.exp(), at::Reduction::Sum),
          .non_target = scale * softened_divergence(student - push, teacher - push, 1)};
}

at::Tensor dkd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                    const DkdOptions& options) {
  const auto terms = dkd_terms(student_logits, teacher_logits, labels, options.temperature);
  return options.alpha * terms.target + options.beta * terms.non_target;
}

}  // namespace retort::losses

namespace retort {

void register_dkd(Registries& registries) {
  registries.parity.add("model.dkd.loss",
                        {.summary = "divergence of the target class and of the others among themselves, weighted apart",
                         .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/DKD.py dkd_loss",
                         .inputs = {{"student_logits", "[B,C]"}, {"teacher_logits", "[B,C]"}, {"labels", "[B]", "i64"}},
                         .options = {"alpha", "beta", "temperature"},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           losses::DkdOptions options;
                           options.alpha = call.number("alpha", options.alpha);
                           options.beta = call.number("beta", options.beta);
                           options.temperature = call.number("temperature", options.temperature);
                           call.output("value",
                                       losses::dkd_loss(call.input("student_logits"), call.input("teacher_logits"),
                                                        call.input("labels"), options));
                         }});
}

}  // namespace retort
