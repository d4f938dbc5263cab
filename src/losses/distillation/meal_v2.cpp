#include "losses/distillation/meal_v2.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

EnsembleTargets ensemble_targets(const at::Tensor& teacher_logits) {
  require_shapes("ensemble", {{"teacher logits", teacher_logits, "[K,B,C]"}});
  return {.probabilities = at::softmax(teacher_logits, 2).mean(0), .logits = teacher_logits.mean(0)};
}

DiscriminatorLoss discriminator_loss(const nn::Scope& scope, const at::Tensor& student_logits,
                                     const at::Tensor& teacher_logits, const DiscriminatorOptions& options) {
  require_shapes("meal v2", {{"student logits", student_logits, "[B,C]"}, {"teacher logits", teacher_logits, "[B,C]"}});
  RT_CHECK(options.reduction >= 1 && options.least_width >= 1, "meal v2: a reduction by {} to at least {}",
           options.reduction, options.least_width);
  const auto reduced = [&](int64_t width) { return std::max(options.least_width, width / options.reduction); };
  const auto layer = [&](const char* name, const at::Tensor& x, int64_t width) {
    const nn::Scope own = scope / name;
    return nn::relu(own / "relu", nn::conv2d(own, x, {.out_channels = width}));
  };
  const int64_t first = reduced(student_logits.size(1)), second = reduced(first);
  at::Tensor x = at::cat({student_logits, teacher_logits}).unsqueeze(-1).unsqueeze(-1);
  x = layer("conv3", layer("conv2", layer("conv1", x, first), second), 2);
  const at::Tensor scores = x.flatten(1);
  const at::Tensor targets = at::eye(2, scores.options()).repeat_interleave(student_logits.size(0), 0);
  return {.value = at::binary_cross_entropy_with_logits(scores, targets), .scores = scores};
}

}  // namespace retort::losses

namespace retort {

void register_meal_v2(Registries& registries) {
  registries.parity.add(
      "model.meal_v2.ensemble",
      {.summary = "mean probabilities and mean logits of several teachers",
       .source = "szq0214/MEAL-V2 @59e6bca, extensions/teacher_wrapper.py ModelDistillationWrapper.forward",
       .inputs = {{"teacher_logits", "[K,B,C]"}},
       .outputs = {{"probabilities", "[B,C]"}, {"logits", "[B,C]"}},
       .run = [](run::ParityCall& call) {
         const auto targets = losses::ensemble_targets(call.input("teacher_logits"));
         call.output("probabilities", targets.probabilities);
         call.output("logits", targets.logits);
       }});
  registries.parity.add("model.meal_v2.discriminator_loss",
                        {.summary = "a discriminator tells the student's logits from the teachers'",
                         .source = "szq0214/MEAL-V2 @59e6bca, models/discriminator.py, loss.py discriminatorLoss",
                         .inputs = {{"student_logits", "[B,C]"}, {"teacher_logits", "[B,C]"}},
                         .states = {{"conv1.weight", "[H,C,1,1]"},
                                    {"conv1.bias", "[H]"},
                                    {"conv2.weight", "[G,H,1,1]"},
                                    {"conv2.bias", "[G]"},
                                    {"conv3.weight", "[2,G,1,1]"},
                                    {"conv3.bias", "[2]"}},
                         .outputs = {{"value", "[]"}, {"scores", "[R,2]"}},
                         .run = [](run::ParityCall& call) {
                           const auto weights = nn::parity_weights(call);
                           nn::GivenSource source(weights);
                           const auto shape = weights.shape_of("conv1.weight");
                           const auto loss = losses::discriminator_loss(nn::Scope(source), call.input("student_logits"),
                                                                        call.input("teacher_logits"),
                                                                        {.reduction = shape[1] / shape[0]});
                           call.output("value", loss.value);
                           call.output("scores", loss.scores);
                         }});
}

}  // namespace retort
