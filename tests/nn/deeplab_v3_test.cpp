#include "nn/deeplab_v3.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "io/area_resize.h"
#include "io/image.h"
#include "nn/layers.h"
#include "nn/network.h"
#include "support/network_registries.h"
#include "support/shared_data.h"

namespace retort::nn {
namespace {

constexpr MobileNetV2Options tiny_deeplab_backbone = {
    .width = 0.125, .channel_divisor = 4, .output_stride = 32, .classes = 5};

Weights fresh_deeplab(const DeepLabV3Options& options) {
  InitialisingSource source{RandomTree(3)};
  const at::NoGradGuard no_gradients;
  deeplab_v3(Scope(source), at::zeros({1, 3, 33, 33}), options);
  return source.take();
}

/// A convolution written out with torch alone; SAME padding by explicit zeros.
at::Tensor plain_conv(const Weights& weights, const std::string& name, const at::Tensor& x, int64_t stride = 1,
                      int64_t dilation = 1, bool depthwise = false) {
  const auto weight = weights.find(name + ".weight"), bias = weights.find(name + ".bias");
  const int64_t kernel = weight.size(2);
  const auto rows = same_padding(x.size(2), kernel, stride, dilation);
  const auto columns = same_padding(x.size(3), kernel, stride, dilation);
  const auto padded = at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after}, 0);
  const std::vector<int64_t> no_padding = {0, 0};
  return at::conv2d(padded, weight, bias, {stride, stride}, no_padding, {dilation, dilation},
                    depthwise ? x.size(1) : 1);
}

at::Tensor plain_block(const Weights& weights, const std::string& name, const at::Tensor& x, int64_t stride,
                       int64_t dilation) {
  auto y = x;
  if (weights.find(name + ".expand.weight").defined()) y = plain_conv(weights, name + ".expand", y).clamp(0, 6);
  y = plain_conv(weights, name + ".depthwise", y, stride, dilation, true).clamp(0, 6);
  y = plain_conv(weights, name + ".project", y);
  return stride == 1 && y.size(1) == x.size(1) ? y + x : y;
}

TEST(DeepLabV3, EqualsItsLayersWrittenOut) {
  DeepLabV3Options options{.backbone = tiny_deeplab_backbone, .head_channels = 6, .classes = 4};
  options.backbone.output_stride = 16;
  const auto weights = fresh_deeplab(options);
  const auto image = at::cos(at::arange(3 * 33 * 49, at::kFloat)).view({1, 3, 33, 49});
  GivenSource source(weights);
  Taps taps({"concat_projection.Relu", "expanded_conv_3.depthwise", "expanded_conv_14.output"});
  const auto scores = deeplab_v3(Scope(source, &taps), image, options);
  EXPECT_TRUE(source.unused().empty());

  auto x = plain_conv(weights, "Conv", image, 2).clamp(0, 6);
  const std::vector<int64_t> strides = {1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  for (int64_t i = 0; i < 17; ++i) {
    const auto name = i == 0 ? "expanded_conv" : "expanded_conv_" + std::to_string(i);
    if (i == 3) {
      const auto hidden = plain_conv(weights, name + ".expand", x).clamp(0, 6);
      EXPECT_TRUE(at::allclose(taps.at("expanded_conv_3.depthwise"),
                               plain_conv(weights, name + ".depthwise", hidden, 2, 1, true), 1e-4, 1e-6));
    }
    x = plain_block(weights, name, x, strides[i], i >= 14 ? 2 : 1);
    if (i == 14) {
      EXPECT_TRUE(at::allclose(taps.at("expanded_conv_14.output"), x, 1e-4, 1e-6));
    }
  }
  const auto pooled = plain_conv(weights, "image_pooling", x.mean({2, 3}, true)).relu().expand({1, 6, 3, 4});
  const auto joined = at::cat({pooled, plain_conv(weights, "aspp0", x).relu()}, 1);
  const auto features = plain_conv(weights, "concat_projection", joined).relu();
  EXPECT_TRUE(at::allclose(taps.at("concat_projection.Relu"), features, 1e-4, 1e-6));
  EXPECT_TRUE(at::allclose(scores, plain_conv(weights, "logits.semantic", features), 1e-4, 1e-6));
}

TEST(DeepLabV3, OptionsComeFromWeights) {
  DeepLabV3Options options;
  options.backbone.width = 0.5;
  options.classes = 3;
  const auto found = deeplab_v3_options_of(fresh_deeplab(options));
  EXPECT_EQ(found.backbone.width, 0.5);
  EXPECT_EQ(found.backbone.output_stride, 16);
  EXPECT_EQ(found.head_channels, 256);
  EXPECT_EQ(found.classes, 3);
}

TEST(DeepLabV3, PublishedWeightsLoadAsANetworkThatLabelsPixels) {
  const auto file = tests::shared_data("data/weights_voc_deeplab/deeplabv3_mnv2_dm05_pascal.safetensors");
  if (!file) GTEST_SKIP() << "needs shared data";
  const auto network = tests::network_registries().networks.get("deeplab_v3_mobilenet_v2_half").make(21);
  const auto weights = load_network_weights(*network, *file);
  GivenSource source(weights);
  Taps taps({network->classifier});
  const at::NoGradGuard no_gradients;
  const auto scores = network->forward(Scope(source, &taps), at::zeros({1, 3, 33, 49}));
  EXPECT_EQ(taps.at(network->classifier).sizes(), (std::vector<int64_t>{1, 21, 3, 4}));
  EXPECT_TRUE(at::equal(scores, at::upsample_bilinear2d(taps.at(network->classifier), {33, 49}, true)));
}

TEST(DeepLabV3Slow, FindsTheFoxAsADog) {
  const auto folder = tests::shared_data("data/weights_voc_deeplab");
  const auto photo_file = tests::shared_data("data/fox_colmap/images/0001.jpg");
  if (!folder || !photo_file) GTEST_SKIP() << "needs shared data";
  const auto photo = io::area_resize(io::read_image(*photo_file), 513, 513);
  auto pixels = at::from_blob(const_cast<uint8_t*>(photo.pixels.data()), {513, 513, 3}, at::kByte);
  const auto image = pixels.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat) / 127.5 - 1;
  const at::NoGradGuard no_gradients;
  // The data's own page says 29.7 % dog (class 12) and 24.8 % cat (class 8).
  const auto share = [&](const char* name, int64_t label) {
    const auto weights = load_weights(*folder / name);
    GivenSource source(weights);
    const auto scores = deeplab_v3(Scope(source), image, deeplab_v3_options_of(weights));
    EXPECT_TRUE(source.unused().empty());
    EXPECT_EQ(scores.sizes(), (std::vector<int64_t>{1, 21, 33, 33}));
    const auto labels = at::upsample_bilinear2d(scores, {513, 513}, true).argmax(1);
    return (labels == label).to(at::kDouble).mean().item<double>();
  };
  EXPECT_NEAR(share("deeplabv3_mnv2_pascal.safetensors", 12), 0.297, 0.01);
  EXPECT_NEAR(share("deeplabv3_mnv2_dm05_pascal.safetensors", 8), 0.248, 0.015);
}

}  // namespace
}  // namespace retort::nn
