#include "nn/squeezenet.h"

#include <ATen/ATen.h>

#include "nn/layers.h"

namespace retort::nn {

namespace {
constexpr MaxPool2dOptions squeezenet_pool = {.kernel = 3, .stride = 2, .round_up = true};

/// Squeezes to few channels, then expands by 1x1 and by 3x3 filters, half of the output each.
at::Tensor fire(const Scope& scope, const at::Tensor& x, int64_t squeezed, int64_t expanded) {
  const auto hidden = relu(scope / "squeeze_activation", conv2d(scope / "squeeze", x, {.out_channels = squeezed}));
  const auto pointwise =
      relu(scope / "expand1x1_activation", conv2d(scope / "expand1x1", hidden, {.out_channels = expanded}));
  const auto spatial = relu(scope / "expand3x3_activation",
                            conv2d(scope / "expand3x3", hidden, {.out_channels = expanded, .kernel = 3, .padding = 1}));
  return concat_channels(scope, {pointwise, spatial});
}
}  // namespace

at::Tensor squeezenet_features(const Scope& scope, const at::Tensor& image, const SqueezeNetOptions& options) {
  const auto features = scope / "features";
  const auto channels = [&](int64_t full) { return scaled_channels(full, options.width); };
  auto x = conv2d(features / "0", image, {.out_channels = channels(64), .kernel = 3, .stride = 2});
  x = relu(features / "1", x);
  x = max_pool2d(features / "2", x, squeezenet_pool);
  x = fire(features / "3", x, channels(16), channels(64));
  x = fire(features / "4", x, channels(16), channels(64));
  x = max_pool2d(features / "5", x, squeezenet_pool);
  x = fire(features / "6", x, channels(32), channels(128));
  x = fire(features / "7", x, channels(32), channels(128));
  x = max_pool2d(features / "8", x, squeezenet_pool);
  x = fire(features / "9", x, channels(48), channels(192));
  x = fire(features / "10", x, channels(48), channels(192));
  x = fire(features / "11", x, channels(64), channels(256));
  return fire(features / "12", x, channels(64), channels(256));
}

}  // namespace retort::nn
