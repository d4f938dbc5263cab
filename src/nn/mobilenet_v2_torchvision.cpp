#include "nn/mobilenet_v2_torchvision.h"

#include <ATen/ATen.h>

#include <array>
#include <string>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
struct TorchvisionStage {
  int64_t expansion, channels, blocks, stride;
};

// Table 2 of the paper.
constexpr std::array<TorchvisionStage, 7> torchvision_stages = {
    {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}}};

/// Places 0 to 2 of the scope: convolution, batch norm, ReLU6.
at::Tensor torchvision_activated(const Scope& scope, const at::Tensor& x, const Conv2dOptions& conv) {
  return relu6(scope / "2", batch_norm(scope / "1", conv2d(scope / "0", x, conv)));
}

/// A factor of 1 expands nothing, and the places close up.
at::Tensor torchvision_block(const Scope& scope, const at::Tensor& x, int64_t channels, int64_t stride,
                             int64_t expansion) {
  const auto conv = scope / "conv";
  int place = 0;
  const auto next = [&] { return conv / std::to_string(place++); };
  const int64_t hidden = x.size(1) * expansion;
  auto y = x;
  if (expansion > 1) y = torchvision_activated(next(), y, bare_conv(hidden, 1));
  auto depthwise = bare_conv(hidden, 3, stride);
  depthwise.groups = hidden;
  y = torchvision_activated(next(), y, depthwise);
  y = conv2d(next(), y, bare_conv(channels, 1));
  y = batch_norm(next(), y);
  return scope.tap(stride == 1 && channels == x.size(1) ? x + y : y);
}
}  // namespace

at::Tensor mobilenet_v2_torchvision(const Scope& scope, const at::Tensor& image,
                                    const MobileNetV2TorchvisionOptions& options) {
  const auto features = scope / "features";
  int place = 0;
  const auto next = [&] { return features / std::to_string(place++); };
  auto x = torchvision_activated(next(), image, bare_conv(32, 3, 2));
  for (const auto& stage : torchvision_stages) {
    for (int64_t block = 0; block < stage.blocks; ++block)
      x = torchvision_block(next(), x, stage.channels, block == 0 ? stage.stride : 1, stage.expansion);
  }
  x = torchvision_activated(next(), x, bare_conv(1280, 1));
  x = (scope / "avgpool").tap(x.mean({2, 3}));
  x = dropout(scope / "classifier" / "0", x, options.dropout);
  return linear(scope / "classifier" / "1", x,
                {.out_features = options.classes, .initialiser = Initialiser::normal(0.01)});
}

}  // namespace retort::nn

namespace retort {

void register_mobilenet_v2_torchvision(Registries& registries) {
  nn::add_network(
      registries,
      {.summary = "MobileNetV2 for pictures of 224x224",
       .source = "Sandler et al., CVPR 2018; torchvision's names, models/mobilenetv2.py"},
      {.name = "mobilenet_v2",
       .image = {3, 224, 224},
       .stages = {"features.0.2", "features.3", "features.6", "features.13", "features.17"},
       .stages_before_activation = {"features.0.2.input", "features.3", "features.6", "features.13", "features.17"},
       .classifier = "classifier.1"},
      nn::mobilenet_v2_torchvision, nn::MobileNetV2TorchvisionOptions{});
}

}  // namespace retort
