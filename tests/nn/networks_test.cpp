#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "nn/deeplab_v3.h"
#include "nn/layers.h"
#include "nn/mobilenet_v2.h"

namespace retort::nn {
namespace {

constexpr MobileNetV2Options tiny_backbone = {.width = 0.125, .channel_divisor = 4, .output_stride = 32, .classes = 5};

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

TEST(MobileNetV2, ChannelsAreRoundedAsInTheOriginal) {
  EXPECT_EQ(mobilenet_channels(24, {.width = 1.0}), 24);
  EXPECT_EQ(mobilenet_channels(24, {.width = 0.5}), 16);  // to the nearest 8: 12 -> 16
  EXPECT_EQ(mobilenet_channels(24, {.width = 0.5, .channel_divisor = 4}), 12);
  EXPECT_EQ(mobilenet_channels(16, {.width = 0.35}), 8);   // at least the divisor
  EXPECT_EQ(mobilenet_channels(32, {.width = 0.35}), 16);  // 8 would be more than 10 % down
}

TEST(MobileNetV2, MapsHaveTheirStrides) {
  for (const int64_t stride : {8, 16, 32}) {
    auto options = tiny_backbone;
    options.output_stride = stride;
    InitialisingSource source{RandomTree(0)};
    const auto map = mobilenet_v2_blocks(Scope(source), at::zeros({1, 3, 65, 97}), options);
    EXPECT_EQ(map.size(1), mobilenet_channels(320, options));
    EXPECT_EQ(map.size(2), 64 / stride + 1);
    EXPECT_EQ(map.size(3), 96 / stride + 1);
  }
  InitialisingSource source{RandomTree(0)};
  EXPECT_THROW(mobilenet_v2_blocks(Scope(source), at::zeros({1, 3, 33, 33}), {.output_stride = 4}), Fault);
}

TEST(MobileNetV2, DilatedMapHoldsTheStridedOne) {
  // What is dilated instead of reduced gives the strided values at every second sample (odd sizes, away from borders
  // all the same: zeros lie outside in both).
  InitialisingSource source{RandomTree(5)};
  const auto image = at::sin(at::arange(3 * 65 * 65, at::kFloat)).view({1, 3, 65, 65});
  auto strided = tiny_backbone, dilated = tiny_backbone;
  dilated.output_stride = 16;
  const auto coarse = mobilenet_v2_blocks(Scope(source), image, strided);
  const auto fine = mobilenet_v2_blocks(Scope(source), image, dilated);
  EXPECT_EQ(fine.size(2), 5);
  EXPECT_TRUE(at::allclose(fine.slice(2, 0, 5, 2).slice(3, 0, 5, 2), coarse, 1e-4, 1e-5));
}

TEST(MobileNetV2, ClassifierGivesLogitsAndOptionsComeFromWeights) {
  InitialisingSource source{RandomTree(0)};
  const auto logits = mobilenet_v2(Scope(source), at::zeros({2, 3, 33, 47}), {.width = 0.5, .classes = 7});
  EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{2, 7}));
  const auto weights = source.take();
  EXPECT_EQ(weights.parameters.size(), 2u * 53);
  const auto options = mobilenet_v2_options_of(weights);
  EXPECT_EQ(options.width, 0.5);
  EXPECT_EQ(options.classes, 7);
  EXPECT_THROW(mobilenet_v2_options_of({}), UserError);
}

TEST(DeepLabV3, EqualsItsLayersWrittenOut) {
  DeepLabV3Options options{.backbone = tiny_backbone, .head_channels = 6, .classes = 4};
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

}  // namespace
}  // namespace retort::nn
