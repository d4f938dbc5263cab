#include "nn/wide_resnet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
/// The activated input of a widening block feeds its shortcut as well.
at::Tensor wide_block(const Scope& scope, const at::Tensor& x, int64_t channels, int64_t stride) {
  const auto activated = relu(scope / "relu1", batch_norm(scope / "bn1", x));
  auto y = conv2d(scope / "conv1", activated, bare_conv(channels, 3, stride));
  y = relu(scope / "relu2", batch_norm(scope / "bn2", y));
  y = conv2d(scope / "conv2", y, bare_conv(channels, 3, 1));
  if (x.size(1) == channels) return x + y;
  return conv2d(scope / "convShortcut", activated, bare_conv(channels, 1, stride)) + y;
}
}  // namespace

at::Tensor wide_resnet(const Scope& scope, const at::Tensor& image, const WideResNetOptions& options) {
  RT_CHECK(options.depth >= 10 && (options.depth - 4) % 6 == 0, "wide_resnet: a depth of {}; 6 n + 4 would be right",
           options.depth);
  auto x = conv2d(scope / "conv1", image, bare_conv(16, 3, 1));
  for (int stage = 1; stage <= 3; ++stage) {
    const auto block = scope / fmt::format("block{}", stage);
    for (int64_t i = 0; i < (options.depth - 4) / 6; ++i) {
      const int64_t channels = (int64_t{8} << stage) * options.width;
      x = wide_block(block / "layer" / std::to_string(i), x, channels, stage > 1 && i == 0 ? 2 : 1);
    }
    x = block.tap(x);
  }
  x = relu(scope / "relu", batch_norm(scope / "bn1", x));
  return classify_pooled(scope, x, "fc", options.classes);
}

}  // namespace retort::nn

namespace retort {

void register_wide_resnet(Registries& registries) {
  for (const auto& [depth, width] : {std::pair{16, 1}, {16, 2}, {16, 8}, {28, 10}, {40, 1}, {40, 2}, {40, 4}}) {
    nn::add_network(
        registries,
        {.summary = fmt::format("wide residual network of depth {} and width {}", depth, width),
         .source = "Zagoruyko and Komodakis, BMVC 2016; names of HobbitLong/RepDistiller, models/wrn.py"},
        {.name = fmt::format("wrn_{}_{}", depth, width),
         .stages = {"conv1", "block2.layer.0.relu1", "block3.layer.0.relu1", "relu"},
         .stages_before_activation = {"conv1", "block1", "block2", "block3"},
         .norms_before_activation = {"block1.layer.0.bn1", "block2.layer.0.bn1", "block3.layer.0.bn1", "bn1"}},
        nn::wide_resnet, nn::WideResNetOptions{.depth = depth, .width = width});
  }
}

}  // namespace retort
