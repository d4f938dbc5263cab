#include "nn/imagenet_resnet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
/// conv{place} and bn{place}.
at::Tensor resnet_conv(const Scope& scope, int place, const at::Tensor& x, const Conv2dOptions& conv) {
  return batch_norm(scope / fmt::format("bn{}", place), conv2d(scope / fmt::format("conv{}", place), x, conv));
}

at::Tensor resnet_shortcut(const Scope& scope, const at::Tensor& x, int64_t channels, int64_t stride) {
  if (stride == 1 && x.size(1) == channels) return x;
  return batch_norm(scope / "1", conv2d(scope / "0", x, bare_conv(channels, 1, stride)));
}

at::Tensor resnet_basic(const Scope& scope, const at::Tensor& x, int64_t width, int64_t stride) {
  auto y = at::relu(resnet_conv(scope, 1, x, bare_conv(width, 3, stride)));
  y = resnet_conv(scope, 2, y, bare_conv(width, 3));
  return relu(scope / "relu", y + resnet_shortcut(scope / "downsample", x, width, stride));
}

at::Tensor resnet_bottleneck(const Scope& scope, const at::Tensor& x, int64_t width, int64_t stride) {
  auto y = at::relu(resnet_conv(scope, 1, x, bare_conv(width, 1)));
  y = at::relu(resnet_conv(scope, 2, y, bare_conv(width, 3, stride)));
  y = resnet_conv(scope, 3, y, bare_conv(4 * width, 1));
  return relu(scope / "relu", y + resnet_shortcut(scope / "downsample", x, 4 * width, stride));
}
}  // namespace

at::Tensor imagenet_resnet(const Scope& scope, const at::Tensor& image, const ImageNetResNetOptions& options) {
  const bool large = options.stem == ImageNetResNetOptions::Stem::large;
  auto x = relu(scope / "relu", resnet_conv(scope, 1, image, large ? bare_conv(64, 7, 2) : bare_conv(64, 3)));
  if (large) x = max_pool2d(scope / "maxpool", x, {.kernel = 3, .stride = 2, .padding = 1});
  for (int stage = 0; stage < 4; ++stage) {
    const auto layer = scope / fmt::format("layer{}", stage + 1);
    for (int64_t k = 0; k < options.blocks[stage]; ++k) {
      const auto block = options.bottleneck ? resnet_bottleneck : resnet_basic;
      x = block(layer / std::to_string(k), x, int64_t{64} << stage, stage > 0 && k == 0 ? 2 : 1);
    }
    x = layer.tap(x);
  }
  return classify_pooled(scope, x, "fc", options.classes);
}

}  // namespace retort::nn

namespace retort {

void register_imagenet_resnet(Registries& registries) {
  const auto add = [&](const std::string& name, const std::string& summary, nn::ImageNetResNetOptions options) {
    const bool large = options.stem == nn::ImageNetResNetOptions::Stem::large;
    const int64_t side = large ? 224 : 32;
    nn::Network network{.name = name,
                        .image = {3, side, side},
                        .stages = {"relu"},
                        .stages_before_activation = {"relu.input"},
                        .norms_before_activation = {"bn1"}};
    for (int stage = 0; stage < 4; ++stage) {
      network.stages.push_back(fmt::format("layer{}", stage + 1));
      network.stages_before_activation.push_back(
          fmt::format("layer{}.{}.relu.input", stage + 1, options.blocks[stage] - 1));
      network.norms_before_activation.push_back(
          fmt::format("layer{}.{}.bn{}", stage + 1, options.blocks[stage] - 1, options.bottleneck ? 3 : 2));
    }
    nn::add_network(registries,
                    {.summary = summary + (large ? " for pictures of 224x224" : " for pictures of 32x32"),
                     .source = "He et al., CVPR 2016; torchvision's names, models/resnet.py"},
                    std::move(network), nn::imagenet_resnet, options);
  };
  const auto small = nn::ImageNetResNetOptions::Stem::small;
  add("resnet18", "residual network of 18 layers", {});
  add("resnet34", "residual network of 34 layers", {.blocks = {3, 4, 6, 3}});
  add("resnet50", "residual network of 50 layers, bottlenecks,", {.blocks = {3, 4, 6, 3}, .bottleneck = true});
  add("resnet101", "residual network of 101 layers, bottlenecks,", {.blocks = {3, 4, 23, 3}, .bottleneck = true});
  add("resnet18_cifar", "residual network of 18 layers", {.stem = small});
  add("resnet34_cifar", "residual network of 34 layers", {.blocks = {3, 4, 6, 3}, .stem = small});
  add("resnet50_cifar", "residual network of 50 layers, bottlenecks,",
      {.blocks = {3, 4, 6, 3}, .bottleneck = true, .stem = small});
}

}  // namespace retort
