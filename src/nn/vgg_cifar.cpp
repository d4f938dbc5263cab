#include "nn/vgg_cifar.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/registries.h"
#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::nn {

namespace {
constexpr std::array<int64_t, 5> vgg_widths = {64, 128, 256, 512, 512};

/// Ends behind the last norm: the caller activates.
at::Tensor vgg_block(const Scope& scope, at::Tensor x, int64_t layers, int64_t channels) {
  int place = 0;
  const auto next = [&] { return scope / std::to_string(place++); };
  auto conv = bare_conv(channels, 3);
  conv.bias = true;
  conv.bias_initialiser = Initialiser::zeros();
  for (int64_t layer = 0; layer < layers; ++layer) {
    if (layer > 0) x = relu(next(), x);
    x = conv2d(next(), x, conv);
    x = batch_norm(next(), x);
  }
  return scope.tap(x);
}
}  // namespace

at::Tensor vgg_cifar(const Scope& scope, const at::Tensor& image, const VggCifarOptions& options) {
  auto x = image;
  for (size_t block = 0; block < vgg_widths.size(); ++block) {
    x = vgg_block(scope / fmt::format("block{}", block), x, options.layers[block], vgg_widths[block]);
    x = relu(scope / fmt::format("relu{}", block), x);
    const bool pools = block < 3 || (block == 3 && image.size(2) == 64);
    if (pools) x = max_pool2d(scope / fmt::format("pool{}", block), x, {.kernel = 2, .stride = 2});
  }
  x = (scope / "pool4").tap(x.mean({2, 3}));
  return linear(scope / "classifier", x, {.out_features = options.classes, .initialiser = Initialiser::normal(0.01)});
}

}  // namespace retort::nn

namespace retort {

void register_vgg_cifar(Registries& registries) {
  const auto add = [&](const std::string& name, nn::VggCifarOptions options) {
    nn::add_network(registries,
                    {.summary = "VGG with batch norm for 32x32 pictures, 64 to 512 channels",
                     .source = "Simonyan and Zisserman, ICLR 2015; names of HobbitLong/RepDistiller, models/vgg.py"},
                    {.name = name,
                     .stages = {"relu0", "relu1", "relu2", "relu3", "relu4"},
                     .stages_before_activation = {"block0", "block1", "block2", "block3", "block4"},
                     .pooled = "pool4",
                     .classifier = "classifier"},
                    nn::vgg_cifar, options);
  };
  add("vgg8", {.layers = {1, 1, 1, 1, 1}});
  add("vgg11", {.layers = {1, 1, 2, 2, 2}});
  add("vgg13", {.layers = {2, 2, 2, 2, 2}});
  add("vgg16", {.layers = {2, 2, 3, 3, 3}});
  add("vgg19", {.layers = {2, 2, 4, 4, 4}});
}

}  // namespace retort
