#include "losses/distillation/kd3.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

constexpr double added_to_differences = 1e-6;

struct TransferLayer {
  int64_t channels, kernel;
};

}  // namespace

at::Tensor kd3_transferred(const nn::Scope& scope, const at::Tensor& map, int64_t channels,
                           const Kd3TransferOptions& options) {
  const int64_t inner = std::max<int64_t>(1, channels / options.factor);
  const std::array<TransferLayer, 3> layers = {{{inner, 1}, {inner, 3}, {channels, 1}}};
  at::Tensor x = map;
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    const auto part = [&](size_t offset) { return scope / "transfer" / fmt::format("{}", 3 * layer + offset); };
    const auto [width, kernel] = layers[layer];
    x = nn::conv2d(part(0), x, {.out_channels = width, .kernel = kernel, .padding = (kernel - 1) / 2, .bias = false});
    x = nn::relu(part(2), nn::batch_norm(part(1), x));
  }
  return x;
}

Kd3Maps kd3_transfer(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                     const Kd3TransferOptions& options) {
  require_shapes("kd3", {{"student features", student_features, "[B,C,H,W]"},
                         {"teacher features", teacher_features, "[B,D,h,w]"}});
  const auto [map, teacher] = averaged_to_smaller(student_features, teacher_features);
  return {.student = kd3_transferred(scope, map, teacher.size(1), options), .teacher = teacher};
}

at::Tensor shared_classifier_logits(const at::Tensor& map, const at::Tensor& weight, const at::Tensor& bias) {
  require_shapes(
      "kd3", {{"map", map, "[B,D,H,W]"}, {"classifier's weight", weight, "[K,D]"}, {"classifier's bias", bias, "[K]"}});
  return at::linear(map.mean({2, 3}), weight, bias);
}

Kd3FeatureLoss kd3_weighted_feature_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                                         const at::Tensor& student_logits, const at::Tensor& teacher_logits) {
  require_shapes("kd3", {{"student features", student_features, "[B,C,H,W]"},
                         {"teacher features", teacher_features, "[B,C,H,W]"},
                         {"student logits", student_logits, "[B,K]"},
                         {"teacher logits", teacher_logits, "[B,K]"}});
  const at::Tensor weights =
      at::pairwise_distance(student_logits.detach(), teacher_logits.detach(), 2, added_to_differences).sigmoid();
  const at::Tensor squares = (student_features - teacher_features).square();
  return {.value = (weights.view({-1, 1, 1, 1}) * squares).mean(), .weights = weights};
}

}  // namespace retort::losses

namespace retort {

void register_kd3(Registries& registries) {
  registries.parity.add(
      "model.kd3.transfer",
      {.summary = "the student's map brought to the teacher's, and its logits by their classifier",
       .source = "tangjialiang97/KD3 @91e2d4c, KDDD/models/util.py KDDD",
       .inputs = {{"student_features", "[B,C,H,W]"}, {"teacher_features", "[B,D,h,w]"}},
       .states = {{"transfer.*", "[...]"}, {"classifier.weight", "[K,D]"}, {"classifier.bias", "[K]"}},
       .outputs = {{"student", "[B,D,s,s]"}, {"teacher", "[B,D,s,s]"}, {"logits", "[B,K]"}},
       .run = [](run::ParityCall& call) {
         const auto weights = nn::parity_weights(call);
         nn::GivenSource source(weights);
         const auto maps = losses::kd3_transfer(nn::Scope(source, nullptr, {.training = true}),
                                                call.input("student_features"), call.input("teacher_features"));
         call.output("student", maps.student);
         call.output("teacher", maps.teacher);
         call.output("logits", losses::shared_classifier_logits(maps.student, call.state("classifier.weight"),
                                                                call.state("classifier.bias")));
       }});
  registries.parity.add("model.kd3.weighted_feature_loss",
                        {.summary = "squared difference of maps, weighed by how far the logits are apart",
                         .source = "tangjialiang97/KD3 @91e2d4c, KDDD/helper/loops.py weight_mse_loss, train_distill",
                         .inputs = {{"student_features", "[B,C,H,W]"},
                                    {"teacher_features", "[B,C,H,W]"},
                                    {"student_logits", "[B,K]"},
                                    {"teacher_logits", "[B,K]"}},
                         .outputs = {{"value", "[]"}, {"weights", "[B]"}},
                         .run = [](run::ParityCall& call) {
                           const auto loss = losses::kd3_weighted_feature_loss(
                               call.input("student_features"), call.input("teacher_features"),
                               call.input("student_logits"), call.input("teacher_logits"));
                           call.output("value", loss.value);
                           call.output("weights", loss.weights);
                         }});
}

}  // namespace retort
