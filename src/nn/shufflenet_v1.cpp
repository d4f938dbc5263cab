#include "nn/shufflenet_v1.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
constexpr int64_t shuffle1_stem_width = 24;

/// A reducing block (stride 2) appends its averaged input, so that its branch makes only the channels that are new.
at::Tensor shuffle1_block(const Scope& scope, const at::Tensor& x, int64_t channels, int64_t stride, int64_t groups) {
  const int64_t made = stride == 2 ? channels - x.size(1) : channels, middle = made / 4;
  // The stem has too few channels to be worth grouping (section 3.2 of the paper).
  const int64_t groups_in = x.size(1) == shuffle1_stem_width ? 1 : groups;
  auto y = conv2d(scope / "conv1", x, {.out_channels = middle, .groups = groups_in, .bias = false});
  y = shuffle_channels(at::relu(batch_norm(scope / "bn1", y)), groups_in);
  y = depthwise_conv2d(scope / "conv2", y, {.kernel = 3, .stride = stride, .padding = 1, .bias = false});
  // The paper has no activation here; RepDistiller's code, followed, has one.
  y = at::relu(batch_norm(scope / "bn2", y));
  y = batch_norm(scope / "bn3", conv2d(scope / "conv3", y, {.out_channels = made, .groups = groups, .bias = false}));
  if (stride == 1) return relu(scope / "relu", y + x);
  return relu(scope / "relu", at::cat({y, at::avg_pool2d(x, {3, 3}, {2, 2}, {1, 1})}, 1));
}
}  // namespace

at::Tensor shufflenet_v1(const Scope& scope, const at::Tensor& image, const ShuffleNetV1Options& options) {
  auto x = conv2d(scope / "conv1", image, {.out_channels = shuffle1_stem_width, .bias = false});
  x = relu(scope / "relu", batch_norm(scope / "bn1", x));
  for (size_t stage = 0; stage < options.blocks.size(); ++stage) {
    const auto layer = scope / fmt::format("layer{}", stage + 1);
    for (int64_t block = 0; block < options.blocks[stage]; ++block) {
      x = shuffle1_block(layer / std::to_string(block), x, options.widths[stage], block == 0 ? 2 : 1, options.groups);
    }
    x = layer.tap(x);
  }
  return classify_pooled(scope, x, "linear", options.classes);
}

}  // namespace retort::nn

namespace retort {

void register_shufflenet_v1(Registries& registries) {
  const nn::ShuffleNetV1Options options;
  nn::Network network{.name = "shufflenet_v1",
                      .stages = {"relu", "layer1", "layer2", "layer3"},
                      .stages_before_activation = {"relu.input"},
                      .classifier = "linear"};
  for (size_t stage = 0; stage < options.blocks.size(); ++stage) {
    network.stages_before_activation.push_back(
        fmt::format("layer{}.{}.relu.input", stage + 1, options.blocks[stage] - 1));
  }
  nn::add_network(registries,
                  {.summary = "ShuffleNet of 3 groups for 32x32 pictures, 240 to 960 channels",
                   .source = "Zhang et al., CVPR 2018; names of HobbitLong/RepDistiller, models/ShuffleNetv1.py"},
                  std::move(network), nn::shufflenet_v1, options);
}

}  // namespace retort
