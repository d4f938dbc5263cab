#include "metrics/lpips.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "nn/alexnet.h"
#include "nn/scope.h"
#include "nn/squeezenet.h"
#include "nn/taps.h"
#include "nn/vgg16.h"

namespace retort::metrics {

namespace {
constexpr double length_epsilon = 1e-10;

// The layers whose outputs are compared.
const std::vector<std::string>& lpips_layers(LpipsTrunk trunk) {
  static const std::vector<std::string> alex = {"features.1", "features.4", "features.7", "features.9", "features.11"};
  static const std::vector<std::string> vgg = {"features.3", "features.8", "features.15", "features.22", "features.29"};
  static const std::vector<std::string> squeeze = {"features.1",  "features.4",  "features.7", "features.9",
                                                   "features.10", "features.11", "features.12"};
  switch (trunk) {
    case LpipsTrunk::alex:
      return alex;
    case LpipsTrunk::vgg:
      return vgg;
    default:
      return squeeze;
  }
}

void run_trunk(const nn::Scope& scope, const at::Tensor& image, const LpipsOptions& options) {
  switch (options.trunk) {
    case LpipsTrunk::alex:
      nn::alexnet_features(scope, image, {.width = options.width});
      break;
    case LpipsTrunk::vgg:
      nn::vgg16_features(scope, image, {.width = options.width});
      break;
    default:
      nn::squeezenet_features(scope, image, {.width = options.width});
  }
}

// What the trunk sees: means and deviations of ImageNet, in terms of [-1, 1].
at::Tensor trunk_input(const at::Tensor& image, LpipsScaling scaling) {
  const auto shift = at::tensor({-0.030, -0.088, -0.188}, image.options()).view({1, 3, 1, 1});
  const auto scale = at::tensor({0.458, 0.448, 0.450}, image.options()).view({1, 3, 1, 1});
  return ((scaling == LpipsScaling::to_minus_one_one ? 2 * image - 1 : image) - shift) / scale;
}

std::vector<at::Tensor> unit_features(const at::Tensor& image, const nn::Weights& weights,
                                      const LpipsOptions& options) {
  nn::GivenSource source(weights);
  nn::Taps taps(lpips_layers(options.trunk));
  const auto input = trunk_input(image, options.scaling);
  taps.run_until_complete([&] { run_trunk(nn::Scope(source, &taps), input, options); });
  std::vector<at::Tensor> features;
  for (const auto& layer : lpips_layers(options.trunk)) {
    const auto& map = taps.at(layer);
    // Unlike a square root of a sum, the norm has a gradient where all channels are 0.
    features.push_back(map / (map.norm(2, {1}, true) + length_epsilon));
  }
  return features;
}
}  // namespace

int64_t lpips_least_side(LpipsTrunk trunk) {
  switch (trunk) {
    case LpipsTrunk::alex:
      return nn::alexnet_least_side;
    case LpipsTrunk::vgg:
      return nn::vgg16_least_side;
    default:
      return nn::squeezenet_least_side;
  }
}

LpipsWeights load_lpips(const std::filesystem::path& trunk, const std::filesystem::path& heads,
                        const LpipsOptions& options) {
  LpipsWeights weights{.trunk = nn::load_weights(trunk, "features."), .heads = nn::load_weights(heads, "lin")};
  const auto side = lpips_least_side(options.trunk);
  const auto image = at::zeros({1, 3, side, side});
  lpips(image, image, weights, options);
  return weights;
}

at::Tensor lpips(const at::Tensor& image, const at::Tensor& target, const LpipsWeights& weights,
                 const LpipsOptions& options) {
  RT_CHECK(image.dim() == 4 && image.size(1) == 3 && image.sizes() == target.sizes(),
           "lpips: images of different shapes, or not [B,3,H,W]");
  if (std::min(image.size(2), image.size(3)) < lpips_least_side(options.trunk)) {
    user_error("lpips: images of {}x{} pixels are too small; this trunk needs sides of {}", image.size(3),
               image.size(2), lpips_least_side(options.trunk));
  }
  const auto ours = unit_features(image, weights.trunk, options),
             theirs = unit_features(target, weights.trunk, options);
  auto distance = at::zeros({image.size(0)}, image.options());
  for (size_t layer = 0; layer < ours.size(); ++layer) {
    const auto name = fmt::format("lin{}.model.1.weight", layer);
    const auto head = weights.heads.find(name);
    if (!head.defined() || head.numel() != ours[layer].size(1)) {
      user_error("{}: '{}' is missing or not of {} channels; are these another trunk's heads?", weights.heads.origin,
                 name, ours[layer].size(1));
    }
    const auto weighted = (ours[layer] - theirs[layer]).square() * head.to(image.scalar_type()).view({1, -1, 1, 1});
    distance = distance + weighted.sum(1).mean({1, 2});
  }
  return distance;
}

}  // namespace retort::metrics
