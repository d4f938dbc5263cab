#include "nn/deeplab_resnet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/registries.h"
#include "nn/cifar_resnet.h"
#include "nn/layers.h"
#include "nn/network.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
constexpr int64_t deeplab_stages = 3;

/// Convolution, batch norm, activation; padded so that the map keeps its size.
at::Tensor deeplab_branch(const Scope& scope, const at::Tensor& x, int64_t channels, int64_t kernel, int64_t rate) {
  auto conv = bare_conv(channels, kernel);
  conv.dilation = rate;
  conv.padding = kernel / 2 * rate;
  return relu(scope / "relu", batch_norm(scope / "1", conv2d(scope / "0", x, conv)));
}

/// The mean of the whole map at every place. Without batch norm: a mean is one value a picture, and a last batch of a
/// single picture would have no statistics.
at::Tensor deeplab_pooling(const Scope& scope, const at::Tensor& mean, const at::Tensor& map, int64_t channels) {
  const auto pooled = relu(scope / "relu", conv2d(scope / "0", mean, {.out_channels = channels}));
  return pooled.expand({map.size(0), channels, map.size(2), map.size(3)});
}

at::Tensor deeplab_backbone(const Scope& scope, const at::Tensor& image, const DeepLabResNetOptions& options) {
  auto x = batch_norm(scope / "bn1", conv2d(scope / "conv1", image, bare_conv(options.widths[0], 3, 2)));
  x = relu(scope / "relu", x);
  for (int64_t stage = 1; stage <= deeplab_stages; ++stage) {
    const auto layer = scope / fmt::format("layer{}", stage);
    const bool dilated = stage == deeplab_stages;
    for (int64_t block = 0; block < options.blocks; ++block) {
      x = cifar_block(layer / std::to_string(block), x,
                      {.channels = options.widths[static_cast<size_t>(stage)],
                       .stride = block == 0 && !dilated ? 2 : 1,
                       .dilation = dilated ? 2 : 1});
    }
    x = layer.tap(x);
  }
  return x;
}
}  // namespace

at::Tensor deeplab_resnet(const Scope& scope, const at::Tensor& image, const DeepLabResNetOptions& options) {
  const auto map = deeplab_backbone(scope, image, options);
  const auto mean = (scope / "avgpool").tap(map.mean({2, 3}));
  const auto aspp = scope / "aspp";
  std::vector<at::Tensor> branches = {
      deeplab_pooling(aspp / "pooling", mean.unsqueeze(2).unsqueeze(3), map, options.head_channels),
      deeplab_branch(aspp / "0", map, options.head_channels, 1, 1)};
  for (size_t i = 0; i < options.rates.size(); ++i)
    branches.push_back(deeplab_branch(aspp / std::to_string(i + 1), map, options.head_channels, 3, options.rates[i]));
  const auto joined = concat_channels(aspp / "concat", branches);
  const auto features = deeplab_branch(scope / "project", joined, options.head_channels, 1, 1);
  const auto scores = conv2d(scope / "classifier", features, {.out_channels = options.classes});
  return at::upsample_bilinear2d(scores, {image.size(2), image.size(3)}, /*align_corners=*/false);
}

}  // namespace retort::nn

namespace retort {

void register_deeplab_resnet(Registries& registries) {
  const auto add = [&](const char* name, const char* summary, const nn::DeepLabResNetOptions& options) {
    nn::Network network{.name = name,
                        .image = {3, 128, 128},
                        .dense = true,
                        .stages = {"relu"},
                        .stages_before_activation = {"relu.input"},
                        .norms_before_activation = {"bn1"},
                        .classifier = "classifier"};
    for (int64_t stage = 1; stage <= nn::deeplab_stages; ++stage) {
      network.stages.push_back(fmt::format("layer{}", stage));
      network.stages_before_activation.push_back(fmt::format("layer{}.{}.relu.input", stage, options.blocks - 1));
      network.norms_before_activation.push_back(fmt::format("layer{}.{}.bn2", stage, options.blocks - 1));
    }
    nn::add_network(
        registries,
        {.summary = summary, .source = "Chen et al. 2017 on the blocks of He et al., CVPR 2016; names ours"},
        std::move(network), nn::deeplab_resnet, options);
  };
  add("deeplab_resnet8_narrow", "segmentation: DeepLabV3 on 8 to 32 channels, a student for quick experiments",
      {.widths = {8, 8, 16, 32}, .head_channels = 32});
  add("deeplab_resnet8", "segmentation: DeepLabV3 on 16 to 64 channels", {});
  add("deeplab_resnet14_wide", "segmentation: DeepLabV3 on 32 to 128 channels, a teacher for quick experiments",
      {.widths = {32, 32, 64, 128}, .blocks = 2});
}

}  // namespace retort
