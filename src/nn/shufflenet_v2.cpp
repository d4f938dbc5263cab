#include "nn/shufflenet_v2.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
/// conv{place} and bn{place}.
at::Tensor shuffle2_pointwise(const Scope& scope, int place, const at::Tensor& x, int64_t channels) {
  const auto mixed = conv2d(scope / fmt::format("conv{}", place), x, {.out_channels = channels, .bias = false});
  return batch_norm(scope / fmt::format("bn{}", place), mixed);
}

at::Tensor shuffle2_depthwise(const Scope& scope, int place, const at::Tensor& x, int64_t stride) {
  const auto filtered = depthwise_conv2d(scope / fmt::format("conv{}", place), x,
                                         {.kernel = 3, .stride = stride, .padding = 1, .bias = false});
  return batch_norm(scope / fmt::format("bn{}", place), filtered);
}

/// The first half of the channels passes by.
at::Tensor shuffle2_block(const Scope& scope, const at::Tensor& x) {
  const auto halves = x.chunk(2, 1);
  auto y = at::relu(shuffle2_pointwise(scope, 1, halves[1], halves[1].size(1)));
  y = shuffle2_pointwise(scope, 3, shuffle2_depthwise(scope, 2, y, 1), halves[1].size(1));
  const auto preactivation = scope / "preactivation";
  if (preactivation.is_tapped()) preactivation.tap(at::cat({halves[0], y}, 1));
  return shuffle_channels(at::cat({halves[0], at::relu(y)}, 1), 2);
}

/// Halves the map; both branches see all channels.
at::Tensor shuffle2_reduction(const Scope& scope, const at::Tensor& x, int64_t channels) {
  const int64_t half = channels / 2;
  const auto left = at::relu(shuffle2_pointwise(scope, 2, shuffle2_depthwise(scope, 1, x, 2), half));
  auto right = at::relu(shuffle2_pointwise(scope, 3, x, half));
  right = at::relu(shuffle2_pointwise(scope, 5, shuffle2_depthwise(scope, 4, right, 2), half));
  return shuffle_channels(at::cat({left, right}, 1), 2);
}
}  // namespace

at::Tensor shufflenet_v2(const Scope& scope, const at::Tensor& image, const ShuffleNetV2Options& options) {
  auto x = relu(scope / "relu", shuffle2_pointwise(scope, 1, image, 24));
  for (size_t stage = 0; stage < options.blocks.size(); ++stage) {
    const auto layer = scope / fmt::format("layer{}", stage + 1);
    x = shuffle2_reduction(layer / "0", x, options.widths[stage]);
    for (int64_t block = 1; block <= options.blocks[stage]; ++block)
      x = shuffle2_block(layer / std::to_string(block), x);
    x = layer.tap(x);
  }
  x = at::relu(shuffle2_pointwise(scope, 2, x, options.widths[3]));
  return classify_pooled(scope, x, "linear", options.classes);
}

}  // namespace retort::nn

namespace retort {

void register_shufflenet_v2(Registries& registries) {
  const auto add = [&](const std::string& name, nn::ShuffleNetV2Options options) {
    nn::Network network{.name = name,
                        .stages = {"relu", "layer1", "layer2", "layer3"},
                        .stages_before_activation = {"relu.input"},
                        .classifier = "linear"};
    for (size_t stage = 0; stage < options.blocks.size(); ++stage) {
      network.stages_before_activation.push_back(
          fmt::format("layer{}.{}.preactivation", stage + 1, options.blocks[stage]));
    }
    nn::add_network(registries,
                    {.summary = fmt::format("ShuffleNetV2 for 32x32 pictures, {} to {} channels", options.widths[0],
                                            options.widths[2]),
                     .source = "Ma et al., ECCV 2018; names of HobbitLong/RepDistiller, models/ShuffleNetv2.py"},
                    std::move(network), nn::shufflenet_v2, options);
  };
  add("shufflenet_v2", {});
  add("shufflenet_v2_x0_5", {.widths = {48, 96, 192, 1024}});
  add("shufflenet_v2_x1_5", {.widths = {176, 352, 704, 1024}});
}

}  // namespace retort
