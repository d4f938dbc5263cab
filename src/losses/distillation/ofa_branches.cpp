#include "losses/distillation/ofa_branches.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "core/registries.h"
#include "io/array.h"
#include "losses/distillation/shapes.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/parity_weights.h"
#include "run/parity.h"

namespace retort::losses {

namespace {

/// Layers `first`, `first` + 1, `first` + 2 and a ReLU.
at::Tensor separable_convolution(const nn::Scope& scope, const at::Tensor& x, int64_t first, int64_t out_channels,
                                 int64_t stride) {
  const auto part = [&](int64_t offset) { return scope / fmt::format("{}", first + offset); };
  const at::Tensor spread = nn::depthwise_conv2d(part(0), x, nn::bare_conv(x.size(1), 3, stride));
  const at::Tensor mixed = nn::conv2d(part(1), spread, nn::bare_conv(out_channels, 1));
  return nn::relu(part(3), nn::batch_norm(part(2), mixed));
}

}  // namespace

at::Tensor separable_block(const nn::Scope& scope, const at::Tensor& x, const SeparableOptions& options) {
  require_shapes("ofa", {{"map", x, "[B,C,H,W]"}});
  const at::Tensor inner = separable_convolution(scope / "op", x, 0, x.size(1), options.stride);
  return separable_convolution(scope / "op", inner, 4, options.out_channels, 1);
}

at::Tensor merged_patches(const nn::Scope& scope, const at::Tensor& tokens, const PatchMergingOptions& options) {
  require_shapes("ofa", {{"tokens", tokens, "[B,N,D]"}});
  const int64_t height = options.height, width = options.width;
  if (height < 2 || width < 2 || height % 2 != 0 || width % 2 != 0 || tokens.size(1) != height * width) {
    user_error("ofa: tokens {} are no grid of {}x{} with even sides", io::shape_text(tokens.sizes().vec()), height,
               width);
  }
  // [B,rows,2,columns,2,D] with the column of a pair before its row: the row runs fastest.
  const at::Tensor pairs = tokens.reshape({tokens.size(0), height / 2, 2, width / 2, 2, tokens.size(2)})
                               .permute({0, 1, 3, 4, 2, 5})
                               .reshape({tokens.size(0), height * width / 4, 4 * tokens.size(2)});
  const at::Tensor reduced = nn::linear(
      scope / "reduction", nn::layer_norm(scope / "norm", pairs),
      {.out_features = options.out_features, .bias = false, .initialiser = nn::Initialiser::truncated_normal(0.02)});
  return options.gelu ? nn::gelu(scope / "act", reduced) : reduced;
}

at::Tensor map_branch_logits(const nn::Scope& scope, const at::Tensor& map, const MapBranchOptions& options) {
  require_shapes("ofa", {{"map", map, "[B,C,H,W]"}});
  if (options.stage < 1 || options.stage > options.stages) {
    user_error("ofa: stage {}; it should be in [1, {}]", options.stage, options.stages);
  }
  const int64_t left = options.stages - options.stage;
  at::Tensor x = map;
  for (int64_t block = 0; block < left; ++block) {
    const int64_t channels = block + 1 == left ? options.width : 2 * x.size(1);
    x = separable_block(scope / fmt::format("{}", block), x, {.out_channels = channels});
  }
  if (left == 0) {
    nn::Conv2dOptions widening{.out_channels = options.width};
    widening.initialiser = nn::kaiming_fan_out(widening);
    x = nn::conv2d(scope / "0", x, widening);
  }
  return nn::linear(scope / "head", x.mean({2, 3}),
                    {.out_features = options.classes, .initialiser = nn::Initialiser::truncated_normal(0.02)});
}

}  // namespace retort::losses

namespace retort {

void register_ofa_branches(Registries& registries) {
  registries.parity.add(
      "model.ofa_kd.sep_conv",
      {.summary = "two separable convolutions, the first one with a stride",
       .source = "Hao840/OFAKD @f7bb896, distillers/utils.py SepConv",
       .inputs = {{"x", "[B,C,H,W]"}},
       .states = {{"op.*", "[...]"}},
       .options = {"stride"},
       .outputs = {{"value", "[B,D,h,w]"}},
       .run = [](run::ParityCall& call) {
         const auto weights = nn::parity_weights(call);
         nn::GivenSource source(weights);
         call.output("value", losses::separable_block(nn::Scope(source, nullptr, {.training = true}), call.input("x"),
                                                      {.out_channels = weights.shape_of("op.5.weight").at(0),
                                                       .stride = call.integer("stride", 2)}));
       }});
  registries.parity.add(
      "model.ofa_kd.patch_merging",
      {.summary = "two by two neighbouring tokens become one",
       .source = "Hao840/OFAKD @f7bb896, distillers/utils.py PatchMerging",
       .inputs = {{"tokens", "[B,N,D]"}},
       .states = {{"norm.weight", "[F]"}, {"norm.bias", "[F]"}, {"reduction.weight", "[E,F]"}},
       .options = {"height", "width", "gelu"},
       .outputs = {{"value", "[B,M,E]"}},
       .run = [](run::ParityCall& call) {
         const auto weights = nn::parity_weights(call);
         nn::GivenSource source(weights);
         call.output("value", losses::merged_patches(nn::Scope(source), call.input("tokens"),
                                                     {.height = call.integer("height"),
                                                      .width = call.integer("width"),
                                                      .out_features = weights.shape_of("reduction.weight").at(0),
                                                      .gelu = call.flag("gelu", true)}));
       }});
}

}  // namespace retort
