#include "nn/deeplab_v3.h"

#include <ATen/ATen.h>

#include "nn/layers.h"

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
  const auto pooled = resize_bilinear(pooling / "resize", deeplab_head_layer(pooling, mean, options.head_channels),
                                      map.size(2), map.size(3));
  const auto local = deeplab_head_layer(scope / "aspp0", map, options.head_channels);
  const auto joined = concat_channels(scope / "concat", {pooled, local});
  const auto features = deeplab_head_layer(scope / "concat_projection", joined, options.head_channels);
  return conv2d(scope / "logits" / "semantic", features, {.out_channels = options.classes});
}

DeepLabV3Options deeplab_v3_options_of(const Weights& weights) {
  DeepLabV3Options options;
  options.backbone.width = static_cast<double>(weights.shape_of("Conv.weight").at(0)) / 32;
  options.head_channels = weights.shape_of("concat_projection.weight").at(0);
  options.classes = weights.shape_of("logits.semantic.weight").at(0);
  return options;
}

}  // namespace retort::nn
