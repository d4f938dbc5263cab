#include "losses/distillation/pld.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

/// Weights of the ranks [B,C], from the last one to the first.
at::Tensor rank_weights(const at::Tensor& teacher_logits, const at::Tensor& worst_to_best, const PldOptions& options) {
  const int64_t classes = teacher_logits.size(1);
  switch (options.weights) {
    case PldWeights::uniform:
      return at::full({1, classes}, 1 / static_cast<double>(classes), teacher_logits.options());
    case PldWeights::position: {
      // 2^(C-k) - 1 over 2^C: no overflow, and the sum takes the factor out.
      const at::Tensor rank = at::arange(classes, 0, -1, teacher_logits.options());
      const at::Tensor weights = at::exp2(-rank) - at::exp2(at::full({}, -classes, teacher_logits.options()));
      return (weights / weights.sum().clamp_min(std::numeric_limits<float>::min())).unsqueeze(0);
    }
    case PldWeights::first:
      return at::arange(classes, teacher_logits.options())
          .eq(classes - 1)
          .to(teacher_logits.scalar_type())
          .unsqueeze(0);
    case PldWeights::teacher:
      break;
  }
  return at::softmax(teacher_logits / options.temperature, 1).gather(1, worst_to_best);
}

}  // namespace

at::Tensor pld_permutation(const at::Tensor& teacher_logits, const at::Tensor& labels) {
  require_shapes("pld", {{"teacher logits", teacher_logits, "[B,C]"}, {"labels", labels, "[B]"}});
  const at::Tensor label_first =
      teacher_logits.detach().scatter(1, labels.unsqueeze(1), std::numeric_limits<double>::infinity());
  return at::argsort(label_first, /*stable=*/true, 1, /*descending=*/true);
}

at::Tensor pld_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& labels,
                    const PldOptions& options) {
  require_shapes("pld", {{"student logits", student_logits, "[B,C]"},
                         {"teacher logits", teacher_logits, "[B,C]"},
                         {"labels", labels, "[B]"}});
  // From worst to best: the running logsumexp then covers all ranks that are no better.
  const at::Tensor worst_to_best = pld_permutation(teacher_logits, labels).flip(1);
  const at::Tensor student = student_logits.gather(1, worst_to_best);
  const at::Tensor weights = rank_weights(teacher_logits, worst_to_best, options);
  return (weights * (at::logcumsumexp(student, 1) - student)).sum(1).mean();
}

}  // namespace retort::losses

namespace retort {

void register_pld(Registries& registries) {
  const char* source = "derived from the paper, appendix C";
  registries.parity.add("model.pld.loss",
                        {.summary = "likelihood of the teacher's order of the classes, the true one first",
                         .source = source,
                         .inputs = {{"student_logits", "[B,C]"}, {"teacher_logits", "[B,C]"}, {"labels", "[B]", "i64"}},
                         .options = {"temperature", "weights"},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           losses::PldOptions options;
                           options.temperature = call.number("temperature", options.temperature);
                           options.weights = nn::choice_of<losses::PldWeights>(call, "weights", "teacher");
                           call.output("value",
                                       losses::pld_loss(call.input("student_logits"), call.input("teacher_logits"),
                                                        call.input("labels"), options));
                         }});
  registries.parity.add("model.pld.permutation",
                        {.summary = "the classes from best to worst, the true one first",
                         .source = source,
                         .inputs = {{"teacher_logits", "[B,C]"}, {"labels", "[B]", "i64"}},
                         .outputs = {{"value", "[B,C]", "i64"}},
                         .run = [](run::ParityCall& call) {
                           call.output("value",
                                       losses::pld_permutation(call.input("teacher_logits"), call.input("labels")));
                         }});
}

}  // namespace retort
