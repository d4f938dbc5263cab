#include "losses/distillation/vid.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/registries.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

double log_scale_of(double variance, double eps) { return std::log(std::expm1(variance - eps)); }

at::Tensor gaussian_map_loss(const at::Tensor& mean, const at::Tensor& teacher, const at::Tensor& log_scale,
                             double eps) {
  const at::Tensor variance = (at::softplus(log_scale) + eps).view({1, -1, 1, 1});
  return (((mean - teacher).square() / variance + variance.log()) / 2).mean();
}

at::Tensor vid_loss(const nn::Scope& scope, const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const VidOptions& options) {
  require_shapes("vid", {{"student features", student_features, "[B,C,H,W]"},
                         {"teacher features", teacher_features, "[B,D,h,w]"}});
  const auto [student, teacher] = averaged_to_smaller(student_features, teacher_features);
  const int64_t channels = teacher.size(1);
  const auto regressor = scope / "regressor";
  const auto layer = [&](const char* name, const at::Tensor& x) {
    return nn::conv2d(regressor / name, x, {.out_channels = channels, .bias = false});
  };
  const at::Tensor first = nn::relu(regressor / "1", layer("0", student)),
                   second = nn::relu(regressor / "3", layer("2", first));
  const at::Tensor log_scale = scope.parameter(
      "log_scale", {channels}, nn::Initialiser::constant(log_scale_of(options.initial_variance, options.eps)));
  return gaussian_map_loss(layer("4", second), teacher, log_scale, options.eps);
}

}  // namespace retort::losses

namespace retort {

void register_vid(Registries& registries) {
  registries.parity.add("model.vid.loss",
                        {.summary = "the teacher's map under a Gaussian predicted from the student's",
                         .source = "HobbitLong/RepDistiller @b84f547, distiller_zoo/VID.py VIDLoss",
                         .inputs = {{"student_features", "[B,C,H,W]"}, {"teacher_features", "[B,D,h,w]"}},
                         .states = {{"regressor.0.weight", "[D,C,1,1]"},
                                    {"regressor.2.weight", "[D,D,1,1]"},
                                    {"regressor.4.weight", "[D,D,1,1]"},
                                    {"log_scale", "[D]"}},
                         .options = {"eps"},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           const auto weights = nn::parity_weights(call);
                           nn::GivenSource source(weights);
                           losses::VidOptions options;
                           options.eps = call.number("eps", options.eps);
                           call.output("value", losses::vid_loss(nn::Scope(source), call.input("student_features"),
                                                                 call.input("teacher_features"), options));
                         }});
}

}  // namespace retort
