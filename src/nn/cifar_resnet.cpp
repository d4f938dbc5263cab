#include "nn/cifar_resnet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/errors.h"
#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
at::Tensor cifar_shortcut(const Scope& scope, const at::Tensor& x, const CifarBlockOptions& options) {
  const int64_t channels = options.channels, stride = options.stride;
  if (stride == 1 && x.size(1) == channels) return x;
  if (options.shortcut == CifarShortcut::projection) {
    const auto downsample = scope / "downsample";
    return batch_norm(downsample / "1", conv2d(downsample / "0", x, bare_conv(channels, 1, stride)));
  }
  const auto every_second = x.slice(2, 0, x.size(2), stride).slice(3, 0, x.size(3), stride);
  const int64_t added = channels - x.size(1);
  return at::constant_pad_nd(every_second, {0, 0, 0, 0, added / 2, added - added / 2}, 0);
}

int64_t blocks_a_stage(const CifarResNetOptions& options) {
  RT_CHECK(options.depth >= 8 && (options.depth - 2) % 6 == 0, "cifar_resnet: a depth of {}; 6 n + 2 would be right",
           options.depth);
  return (options.depth - 2) / 6;
}
}  // namespace

at::Tensor cifar_block(const Scope& scope, const at::Tensor& x, const CifarBlockOptions& options) {
  auto first = bare_conv(options.channels, 3, options.stride), second = bare_conv(options.channels, 3);
  first.dilation = first.padding = second.dilation = second.padding = options.dilation;
  auto y = batch_norm(scope / "bn1", conv2d(scope / "conv1", x, first));
  y = at::relu(y);
  y = batch_norm(scope / "bn2", conv2d(scope / "conv2", y, second));
  return relu(scope / "relu", y + cifar_shortcut(scope, x, options));
}

at::Tensor cifar_resnet(const Scope& scope, const at::Tensor& image, const CifarResNetOptions& options) {
  const int64_t blocks = blocks_a_stage(options);
  auto x = batch_norm(scope / "bn1", conv2d(scope / "conv1", image, bare_conv(options.widths[0], 3, 1)));
  x = relu(scope / "relu", x);
  for (int stage = 1; stage <= 3; ++stage) {
    const auto layer = scope / fmt::format("layer{}", stage);
    for (int64_t block = 0; block < blocks; ++block) {
      x = cifar_block(
          layer / std::to_string(block), x,
          {.channels = options.widths[stage], .stride = stage > 1 && block == 0 ? 2 : 1, .shortcut = options.shortcut});
    }
    x = layer.tap(x);
  }
  return classify_pooled(scope, x, options.classifier, options.classes);
}

}  // namespace retort::nn

namespace retort {

void register_cifar_resnet(Registries& registries) {
  const auto add = [&](const std::string& name, const char* summary, nn::CifarResNetOptions options) {
    nn::Network network{.name = name,
                        .stages = {"relu"},
                        .stages_before_activation = {"relu.input"},
                        .norms_before_activation = {"bn1"},
                        .classifier = options.classifier};
    for (int stage = 1; stage <= 3; ++stage) {
      network.stages.push_back(fmt::format("layer{}", stage));
      network.stages_before_activation.push_back(
          fmt::format("layer{}.{}.relu.input", stage, nn::blocks_a_stage(options) - 1));
      network.norms_before_activation.push_back(fmt::format("layer{}.{}.bn2", stage, nn::blocks_a_stage(options) - 1));
    }
    nn::add_network(
        registries,
        {.summary = summary, .source = "He et al., CVPR 2016; names of HobbitLong/RepDistiller, models/resnet.py"},
        std::move(network), nn::cifar_resnet, options);
  };
  for (const int64_t depth : {8, 14, 20, 32, 44, 56, 110}) {
    add(fmt::format("resnet{}", depth), "residual network for 32x32 pictures, 16 to 64 channels", {.depth = depth});
    add(fmt::format("resnet{}_a", depth), "the same with parameter-free shortcuts (option A)",
        {.depth = depth, .shortcut = nn::CifarShortcut::zero_padding, .classifier = "linear"});
  }
  add("resnet8_narrow", "residual network of 8 to 32 channels: a student for quick experiments",
      {.depth = 8, .widths = {8, 8, 16, 32}});
  add("resnet8_wide", "residual network of 32 to 128 channels: a teacher for quick experiments",
      {.depth = 8, .widths = {32, 32, 64, 128}});
  for (const int64_t depth : {8, 32}) {
    add(fmt::format("resnet{}x4", depth), "residual network for 32x32 pictures, 32 to 256 channels",
        {.depth = depth, .widths = {32, 64, 128, 256}});
  }
}

}  // namespace retort
