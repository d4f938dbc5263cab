#include "losses/distillation/fitnets.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

at::Tensor resized_by_convolution(const nn::Scope& scope, const at::Tensor& x, int64_t channels, int64_t height,
                                  int64_t width) {
  const int64_t own_height = x.size(2), own_width = x.size(3);
  if (own_height == 2 * height) {
    return nn::conv2d(scope, x, {.out_channels = channels, .kernel = 3, .stride = 2, .padding = 1});
  }
  if (2 * own_height == height) {
    return nn::conv_transpose2d(scope, x, {.out_channels = channels, .kernel = 4, .stride = 2, .padding = 1});
  }
  if (own_height - height != own_width - width || own_height < height) {
    user_error("fitnets: no regressor leads from a student map of {}x{} to a teacher map of {}x{}", own_height,
               own_width, height, width);
  }
  return nn::conv2d(scope, x, {.out_channels = channels, .kernel = 1 + own_height - height});
}

}  // namespace

at::Tensor regressed_map(const nn::Scope& scope, const at::Tensor& student_features, int64_t channels, int64_t height,
                         int64_t width, const FitnetsOptions& options) {
  const at::Tensor map = resized_by_convolution(scope / "conv", student_features, channels, height, width);
  const at::Tensor normalised = nn::batch_norm(scope / "bn", map);
  return options.use_relu ? nn::relu(scope / "relu", normalised) : normalised;
}

FitnetsResult fitnets_loss(const nn::Scope& scope, const at::Tensor& student_features,
                           const at::Tensor& teacher_features, const FitnetsOptions& options) {
  require_shapes("fitnets", {{"student features", student_features, "[B,C,H,W]"},
                             {"teacher features", teacher_features, "[B,D,h,w]"}});
  const at::Tensor features = regressed_map(scope, student_features, teacher_features.size(1), teacher_features.size(2),
                                            teacher_features.size(3), options);
  require_shapes("fitnets", {{"regressed student features", features, "[B,D,h,w]"},
                             {"teacher features", teacher_features, "[B,D,h,w]"}});
  return {.loss = mean_squared_difference(features, teacher_features), .features = features};
}

}  // namespace retort::losses

namespace retort {

void register_fitnets(Registries& registries) {
  registries.parity.add(
      "model.fitnets.loss",
      {.summary = "regressed map of a middle stage, squared difference",
       .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/FitNet.py, _common.py ConvReg",
       .inputs = {{"student_features", "[B,C,H,W]"}, {"teacher_features", "[B,D,h,w]"}},
       .states = {{"conv.weight", "[...]"},
                  {"conv.bias", "[D]"},
                  {"bn.weight", "[D]"},
                  {"bn.bias", "[D]"},
                  {"bn.running_mean", "[D]"},
                  {"bn.running_var", "[D]"}},
       .options = {"use_relu"},
       .outputs = {{"value", "[]"}, {"features", "[B,D,h,w]"}},
       .run = [](run::ParityCall& call) {
         const auto weights = nn::parity_weights(call);
         nn::GivenSource source(weights);
         losses::FitnetsOptions options;
         options.use_relu = call.flag("use_relu", options.use_relu);
         const auto result =
             losses::fitnets_loss(nn::Scope(source, nullptr, {.training = true}), call.input("student_features"),
                                  call.input("teacher_features"), options);
         call.output("value", result.loss);
         call.output("features", result.features);
       }});
}

}  // namespace retort
