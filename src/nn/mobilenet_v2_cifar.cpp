#include "nn/mobilenet_v2_cifar.h"

#include <ATen/ATen.h>

#include <array>
#include <string>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
struct MobileStage {
  int64_t channels, blocks, stride;
};

// Table 2 of the paper, but stride 1 in the second stage: small pictures are reduced once less.
constexpr std::array<MobileStage, 7> mobile_cifar_stages = {
    {{16, 1, 1}, {24, 2, 1}, {32, 3, 2}, {64, 4, 2}, {96, 3, 1}, {160, 3, 2}, {320, 1, 1}}};

/// Places `first` to `first` + 2 of the scope: convolution, batch norm, ReLU.
at::Tensor mobile_activated(const Scope& scope, int first, const at::Tensor& x, const Conv2dOptions& conv) {
  auto y = conv2d(scope / std::to_string(first), x, conv);
  y = batch_norm(scope / std::to_string(first + 1), y);
  return relu(scope / std::to_string(first + 2), y);
}

/// Expands even by a factor of 1, where the paper's first stage does not.
at::Tensor mobile_cifar_block(const Scope& scope, const at::Tensor& x, int64_t channels, int64_t stride,
                              int64_t expansion) {
  const auto conv = scope / "conv";
  const int64_t hidden = x.size(1) * expansion;
  auto depthwise = bare_conv(hidden, 3, stride);
  depthwise.groups = hidden;
  auto y = mobile_activated(conv, 0, x, bare_conv(hidden, 1));
  y = mobile_activated(conv, 3, y, depthwise);
  y = batch_norm(conv / "7", conv2d(conv / "6", y, bare_conv(channels, 1)));
  return stride == 1 && channels == x.size(1) ? x + y : y;
}
}  // namespace

at::Tensor mobilenet_v2_cifar(const Scope& scope, const at::Tensor& image, const MobileNetV2CifarOptions& options) {
  const auto scaled = [&](int64_t channels) { return static_cast<int64_t>(options.width * double(channels)); };
  auto x = mobile_activated(scope / "conv1", 0, image, bare_conv(scaled(32), 3, 2));
  for (size_t i = 0; i < mobile_cifar_stages.size(); ++i) {
    const auto& stage = mobile_cifar_stages[i];
    const auto blocks = scope / "blocks" / std::to_string(i);
    for (int64_t block = 0; block < stage.blocks; ++block) {
      x = mobile_cifar_block(blocks / std::to_string(block), x, scaled(stage.channels), block == 0 ? stage.stride : 1,
                             i == 0 ? 1 : options.expansion);
    }
    x = blocks.tap(x);
  }
  x = mobile_activated(scope / "conv2", 0, x, bare_conv(options.width > 1 ? scaled(1280) : 1280, 1));
  x = (scope / "avgpool").tap(x.mean({2, 3}));
  return linear(scope / "classifier" / "0", x,
                {.out_features = options.classes, .initialiser = Initialiser::normal(0.01)});
}

}  // namespace retort::nn

namespace retort {

void register_mobilenet_v2_cifar(Registries& registries) {
  const auto add = [&](const std::string& name, const char* summary, nn::MobileNetV2CifarOptions options) {
    nn::add_network(registries,
                    {.summary = summary,
                     .source = "Sandler et al., CVPR 2018; names of HobbitLong/RepDistiller, models/mobilenetv2.py"},
                    {.name = name,
                     .stages = {"conv1.2", "blocks.1", "blocks.2", "blocks.4", "blocks.6"},
                     .stages_before_activation = {"conv1.2.input", "blocks.1", "blocks.2", "blocks.4", "blocks.6"},
                     .classifier = "classifier.0"},
                    nn::mobilenet_v2_cifar, options);
  };
  add("mobilenet_v2_half", "MobileNetV2 of half width for 32x32 pictures", {});
  add("mobilenet_v2_cifar", "MobileNetV2 of full width for 32x32 pictures", {.width = 1});
}

}  // namespace retort
