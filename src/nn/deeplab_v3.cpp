#include "nn/deeplab_v3.h"

#include <ATen/ATen.h>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/network.h"

namespace retort::nn {

namespace {
at::Tensor deeplab_head_layer(const Scope& scope, const at::Tensor& x, int64_t channels) {
  return relu(scope / "Relu", conv2d(scope, x, {.out_channels = channels}));
}
}  // namespace

at::Tensor deeplab_v3(const Scope& scope, const at::Tensor& image, const DeepLabV3Options& options) {
  const auto map = mobilenet_v2_blocks(scope, image, options.backbone);
  const auto pooling = scope / "image_pooling";
  const auto mean = global_average_pool(pooling / "AvgPool", map);
  (pooling / "vector").tap(mean.flatten(1));
  const auto pooled = resize_bilinear(pooling / "resize", deeplab_head_layer(pooling, mean, options.head_channels),
                                      map.size(2), map.size(3));
  const auto local = deeplab_head_layer(scope / "aspp0", map, options.head_channels);
  const auto joined = concat_channels(scope / "concat", {pooled, local});
  const auto features = deeplab_head_layer(scope / "concat_projection", joined, options.head_channels);
  return conv2d(scope / "logits" / "semantic", features, {.out_channels = options.classes});
}

at::Tensor deeplab_v3_pixels(const Scope& scope, const at::Tensor& image, const DeepLabV3Options& options) {
  return resize_bilinear(scope / "resize", deeplab_v3(scope, image, options), image.size(2), image.size(3));
}

DeepLabV3Options deeplab_v3_options_of(const Weights& weights) {
  DeepLabV3Options options;
  options.backbone.width = static_cast<double>(weights.shape_of("Conv.weight").at(0)) / 32;
  options.head_channels = weights.shape_of("concat_projection.weight").at(0);
  options.classes = weights.shape_of("logits.semantic.weight").at(0);
  return options;
}

}  // namespace retort::nn

namespace retort {

void register_deeplab_v3(Registries& registries) {
  const auto add = [&](const char* name, const char* summary, double width) {
    nn::DeepLabV3Options options;
    options.backbone.width = width;
    // The blocks end without an activation.
    const std::vector<std::string> blocks = {"expanded_conv_2.output", "expanded_conv_5.output",
                                             "expanded_conv_12.output", "expanded_conv_16.output"};
    nn::Network network{.name = name,
                        .image = {3, 129, 129},
                        .dense = true,
                        .stages = {"Conv.Relu6"},
                        .stages_before_activation = {"Conv"},
                        .pooled = "image_pooling.vector",
                        .classifier = "logits.semantic"};
    network.stages.insert(network.stages.end(), blocks.begin(), blocks.end());
    network.stages_before_activation.insert(network.stages_before_activation.end(), blocks.begin(), blocks.end());
    nn::add_network(
        registries,
        {.summary = summary, .source = "Sandler et al., CVPR 2018, section 6.3; TensorFlow's names, batch norm folded"},
        std::move(network), nn::deeplab_v3_pixels, options);
  };
  add("deeplab_v3_mobilenet_v2", "segmentation: DeepLabV3 on MobileNetV2; pictures normalise(half)", 1.0);
  add("deeplab_v3_mobilenet_v2_half", "the same of half the width", 0.5);
}

}  // namespace retort
