#include "nn/mobilenet_v2.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/errors.h"
#include "nn/layers.h"

namespace retort::nn {

namespace {
struct InvertedResidual {
  int64_t expansion, out_channels, stride;
};

// Table 2 of the paper, one line a block.
constexpr std::array<InvertedResidual, 17> mobilenet_v2_table = {{
    {1, 16, 1},  // expanded_conv
    {6, 24, 2},
    {6, 24, 1},  // 1, 2
    {6, 32, 2},
    {6, 32, 1},
    {6, 32, 1},  // 3 to 5
    {6, 64, 2},
    {6, 64, 1},
    {6, 64, 1},
    {6, 64, 1},  // 6 to 9
    {6, 96, 1},
    {6, 96, 1},
    {6, 96, 1},  // 10 to 12
    {6, 160, 2},
    {6, 160, 1},
    {6, 160, 1},  // 13 to 15
    {6, 320, 1},  // 16
}};

struct BlockPlan {
  int64_t expansion, out_channels, stride, dilation;
};

at::Tensor inverted_residual(const Scope& scope, const at::Tensor& x, const BlockPlan& plan) {
  auto hidden = x;
  if (plan.expansion > 1) {
    const auto expand = scope / "expand";
    hidden = relu6(expand / "Relu6", conv2d(expand, x, {.out_channels = x.size(1) * plan.expansion}));
  }
  const auto depthwise = scope / "depthwise";
  hidden =
      relu6(depthwise / "Relu6",
            depthwise_conv2d(depthwise, hidden,
                             {.kernel = 3, .stride = plan.stride, .dilation = plan.dilation, .same_tensorflow = true}));
  auto output = conv2d(scope / "project", hidden, {.out_channels = plan.out_channels});
  if (plan.stride == 1 && plan.out_channels == x.size(1)) output = output + x;
  return (scope / "output").tap(output);
}
}  // namespace

int64_t mobilenet_channels(int64_t channels, const MobileNetV2Options& options) {
  const double wanted = static_cast<double>(channels) * options.width;
  const int64_t divisor = options.channel_divisor;
  const int64_t rounded =
      std::max(divisor, static_cast<int64_t>(wanted + static_cast<double>(divisor) / 2) / divisor * divisor);
  return static_cast<double>(rounded) < 0.9 * wanted ? rounded + divisor : rounded;
}

at::Tensor mobilenet_v2_blocks(const Scope& scope, const at::Tensor& image, const MobileNetV2Options& options) {
  RT_CHECK(options.output_stride == 8 || options.output_stride == 16 || options.output_stride == 32,
           "mobilenet_v2: output stride {}, known are 8, 16 and 32", options.output_stride);
  const auto stem = scope / "Conv";
  auto x = relu6(
      stem / "Relu6",
      conv2d(stem, image,
             {.out_channels = mobilenet_channels(32, options), .kernel = 3, .stride = 2, .same_tensorflow = true}));
  int64_t reached_stride = 2, dilation = 1;
  for (size_t i = 0; i < mobilenet_v2_table.size(); ++i) {
    const auto& block = mobilenet_v2_table[i];
    const bool reduces = reached_stride * block.stride <= options.output_stride;
    const BlockPlan plan{block.expansion, mobilenet_channels(block.out_channels, options), reduces ? block.stride : 1,
                         dilation};
    x = inverted_residual(scope / (i == 0 ? "expanded_conv" : "expanded_conv_" + std::to_string(i)), x, plan);
    // The block that gives up its stride still sees undiluted input; those behind it look at every second sample.
    if (reduces)
      reached_stride *= block.stride;
    else
      dilation *= block.stride;
  }
  return x;
}

at::Tensor mobilenet_v2(const Scope& scope, const at::Tensor& image, const MobileNetV2Options& options) {
  auto x = mobilenet_v2_blocks(scope, image, options);
  const auto last = scope / "Conv_1";
  // Narrow networks keep the full width here (slim, multiplier_func of the last layer).
  const int64_t last_channels = options.width > 1 ? mobilenet_channels(1280, options) : 1280;
  x = relu6(last / "Relu6", conv2d(last, x, {.out_channels = last_channels}));
  x = global_average_pool(scope / "Logits" / "AvgPool", x);
  return conv2d(scope / "Logits" / "Conv2d_1c_1x1", x, {.out_channels = options.classes}).flatten(1);
}

MobileNetV2Options mobilenet_v2_options_of(const Weights& weights) {
  MobileNetV2Options options;
  options.width = static_cast<double>(weights.shape_of("Conv.weight").at(0)) / 32;
  options.classes = weights.shape_of("Logits.Conv2d_1c_1x1.weight").at(0);
  return options;
}

}  // namespace retort::nn
