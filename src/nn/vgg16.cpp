#include "nn/vgg16.h"

#include <ATen/ATen.h>

#include <array>
#include <string>

#include "nn/layers.h"

namespace retort::nn {

namespace {
struct VggStage {
  int64_t channels;
  int convolutions;
};
constexpr std::array<VggStage, 5> vgg16_stages = {{{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}}};
}  // namespace

at::Tensor vgg16_features(const Scope& scope, const at::Tensor& image, const Vgg16Options& options) {
  const auto features = scope / "features";
  auto x = image;
  int place = 0;
  const auto next = [&] { return features / std::to_string(place++); };
  for (const auto& stage : vgg16_stages) {
    if (place > 0) x = max_pool2d(next(), x, {.kernel = 2, .stride = 2});
    const int64_t channels = scaled_channels(stage.channels, options.width);
    for (int i = 0; i < stage.convolutions; ++i) {
      x = conv2d(next(), x, {.out_channels = channels, .kernel = 3, .padding = 1});
      x = relu(next(), x);
    }
  }
  return x;
}

}  // namespace retort::nn
