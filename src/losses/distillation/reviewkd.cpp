#include "losses/distillation/reviewkd.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/registries.h"
#include "losses/distillation/adapters.h"
#include "losses/distillation/maps.h"
#include "losses/distillation/parity_forms.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

at::Tensor hierarchical_context(const at::Tensor& student, const at::Tensor& teacher) {
  at::Tensor sum = mean_squared_difference(student, teacher);
  double weight = 1, total = 1;
  for (const int64_t side : {4, 2, 1}) {
    if (side >= student.size(2)) continue;
    weight /= 2;
    total += weight;
    sum = sum + weight * mean_squared_difference(averaged_to(student, side, side), averaged_to(teacher, side, side));
  }
  return sum / total;
}

at::Tensor resized_to_nearest(const at::Tensor& map, int64_t side) {
  if (map.size(2) == side && map.size(3) == side) return map;
  return at::upsample_nearest2d(map, {side, side});
}

/// `0`: convolution without bias, starting Kaiming-uniform with a = 1; `1`: batch normalisation.
at::Tensor normalised_convolution(const nn::Scope& scope, const at::Tensor& x, int64_t channels, int64_t kernel) {
  const double bound = std::sqrt(3 / static_cast<double>(x.size(1) * kernel * kernel));
  return connector(scope, x,
                   {.out_channels = channels, .kernel = kernel, .initialiser = nn::Initialiser::uniform(bound)});
}

/// Sum of both maps, each weighed at every position by its own sigmoid.
at::Tensor attention_weighted_sum(const nn::Scope& scope, const at::Tensor& x, const at::Tensor& deeper) {
  const at::Tensor weights =
      nn::conv2d(scope / "att_conv" / "0", at::cat({x, deeper}, 1), {.out_channels = 2}).sigmoid();
  return x * weights.narrow(1, 0, 1) + deeper * weights.narrow(1, 1, 1);
}

}  // namespace

at::Tensor hcl_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features) {
  require_stages("reviewkd", student_features, "[B,C,H,W]", teacher_features, "[B,C,H,W]");
  return sum_over_stages(student_features, teacher_features, [](const auto& student, const auto& teacher, size_t) {
    return hierarchical_context(student, teacher);
  });
}

AbfResult attention_based_fusion(const nn::Scope& scope, const at::Tensor& x, const at::Tensor& residual,
                                 const AbfOptions& options) {
  require_shapes("reviewkd", {{"student map", x, "[B,C,H,W]"}});
  at::Tensor fused = normalised_convolution(scope / "conv1", x, options.mid_channels, 1);
  if (residual.defined()) {
    const at::Tensor deeper = resized_to_nearest(residual, options.fused_side);
    require_shapes("reviewkd", {{"student map", fused, "[B,C,H,W]"}, {"resized residual", deeper, "[B,C,H,W]"}});
    fused = attention_weighted_sum(scope, fused, deeper);
  }
  fused = resized_to_nearest(fused, options.out_side);
  return {.features = normalised_convolution(scope / "conv2", fused, options.out_channels, 3), .residual = fused};
}

std::vector<at::Tensor> reviewed_maps(const nn::Scope& scope, const std::vector<at::Tensor>& student_features,
                                      const std::vector<at::Tensor>& teacher_features, const ReviewOptions& options) {
  require_stages("reviewkd", student_features, "[B,C,S,S]", teacher_features, "[B,D,T,T]");
  const size_t stages = student_features.size();
  const int64_t mid_channels = std::min(options.mid_channels_at_most, student_features.back().size(1));
  std::vector<at::Tensor> reviewed(stages);
  at::Tensor residual;
  for (size_t block = 0; block < stages; ++block) {
    const size_t stage = stages - 1 - block;
    const at::Tensor &student = student_features[stage], &teacher = teacher_features[stage];
    const auto result = attention_based_fusion(scope / "abfs" / fmt::format("{}", block), student, residual,
                                               {.mid_channels = mid_channels,
                                                .out_channels = teacher.size(1),
                                                .fused_side = student.size(2),
                                                .out_side = teacher.size(2)});
    reviewed[stage] = result.features;
    residual = result.residual;
  }
  return reviewed;
}

namespace {

void abf_parity(run::ParityCall& call) {
  const auto weights = nn::parity_weights(call);
  nn::GivenSource source(weights);
  const auto result = attention_based_fusion(nn::Scope(source, nullptr, {.training = true}), call.input("x"),
                                             call.optional_input("residual").value_or(at::Tensor()),
                                             {.mid_channels = weights.shape_of("conv1.0.weight").at(0),
                                              .out_channels = weights.shape_of("conv2.0.weight").at(0),
                                              .fused_side = call.integer("shape"),
                                              .out_side = call.integer("out_shape")});
  call.output("features", result.features);
  call.output("residual", result.residual);
}

}  // namespace

}  // namespace retort::losses

namespace retort {

void register_reviewkd(Registries& registries) {
  registries.parity.add(
      "model.reviewkd.hcl_loss",
      losses::parity_of_stages(
          {.summary = "maps compared at several resolutions",
           .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/ReviewKD.py hcl_loss",
           .loss = [](const auto&, const auto& students, const auto& teachers) {
             return losses::hcl_loss(students, teachers);
           }}));
  registries.parity.add("model.reviewkd.abf",
                        {.summary = "fusion of a map with what deeper stages passed on",
                         .source = "megvii-research/mdistiller @a08d46f, mdistiller/distillers/ReviewKD.py ABF",
                         .inputs = {{"x", "[B,C,H,W]"}, {"residual", "[B,M,h,w]", "f32", true}},
                         .states = {{"conv1.0.weight", "[M,C,1,1]"},
                                    {"conv1.1.*", "[M]"},
                                    {"conv2.0.weight", "[D,M,3,3]"},
                                    {"conv2.1.*", "[D]"},
                                    {"att_conv.0.*", "[2,...]", "f32", true}},
                         .options = {"shape", "out_shape"},
                         .outputs = {{"features", "[B,D,s,s]"}, {"residual", "[B,M,s,s]"}},
                         .run = losses::abf_parity});
}

}  // namespace retort
