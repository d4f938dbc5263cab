#include "nn/alexnet.h"

#include <ATen/ATen.h>

#include "nn/layers.h"

namespace retort::nn {

at::Tensor alexnet_features(const Scope& scope, const at::Tensor& image, const AlexNetOptions& options) {
  const auto features = scope / "features";
  const auto channels = [&](int64_t full) { return scaled_channels(full, options.width); };
  auto x = conv2d(features / "0", image, {.out_channels = channels(64), .kernel = 11, .stride = 4, .padding = 2});
  x = relu(features / "1", x);
  x = max_pool2d(features / "2", x, {.kernel = 3, .stride = 2});
  x = relu(features / "4", conv2d(features / "3", x, {.out_channels = channels(192), .kernel = 5, .padding = 2}));
  x = max_pool2d(features / "5", x, {.kernel = 3, .stride = 2});
  x = relu(features / "7", conv2d(features / "6", x, {.out_channels = channels(384), .kernel = 3, .padding = 1}));
  x = relu(features / "9", conv2d(features / "8", x, {.out_channels = channels(256), .kernel = 3, .padding = 1}));
  return relu(features / "11", conv2d(features / "10", x, {.out_channels = channels(256), .kernel = 3, .padding = 1}));
}

}  // namespace retort::nn
