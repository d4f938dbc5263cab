#include "metrics/lpips.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "core/errors.h"
#include "nn/alexnet.h"
#include "nn/scope.h"
#include "nn/squeezenet.h"
#include "nn/taps.h"
#include "nn/vgg16.h"
#include "support/hostile_input.h"
#include "support/shared_data.h"

namespace retort::metrics {
namespace {

struct Trunk {
  LpipsTrunk kind;
  const char* heads;
  int64_t parameters;
  std::vector<int64_t> channels;
};

const std::vector<Trunk>& trunks() {
  static const std::vector<Trunk> all = {
      {LpipsTrunk::alex, "alex.pth", 2'469'696, {64, 192, 384, 256, 256}},
      {LpipsTrunk::vgg, "vgg.pth", 14'714'688, {64, 128, 256, 512, 512}},
      {LpipsTrunk::squeeze, "squeeze.pth", 722'496, {64, 128, 256, 384, 384, 512, 512}}};
  return all;
}

nn::Weights random_trunk(LpipsTrunk kind, double width, int64_t side) {
  nn::InitialisingSource source(RandomTree(7).child("trunk"));
  const nn::Scope scope(source);
  const auto image = at::zeros({1, 3, side, side});
  if (kind == LpipsTrunk::alex) nn::alexnet_features(scope, image, {.width = width});
  if (kind == LpipsTrunk::vgg) nn::vgg16_features(scope, image, {.width = width});
  if (kind == LpipsTrunk::squeeze) nn::squeezenet_features(scope, image, {.width = width});
  return source.take();
}

nn::Weights random_heads(const std::vector<int64_t>& channels, double width) {
  nn::Weights heads;
  for (size_t layer = 0; layer < channels.size(); ++layer) {
    const auto count = std::max<int64_t>(1, std::llround(double(channels[layer]) * width));
    heads.parameters[fmt::format("lin{}.model.1.weight", layer)] =
        at::arange(1, count + 1).to(at::kFloat).view({1, -1, 1, 1}) / count;
  }
  return heads;
}

at::Tensor picture(int64_t side, double phase) {
  auto values = at::empty({1, 3, side, side});
  for (int64_t index = 0; index < values.numel(); ++index) {
    values.data_ptr<float>()[index] = float(0.5 + 0.5 * std::sin(0.37 * double(index) + phase * double(index % 7)));
  }
  return values;
}

TEST(Lpips, TrunksHaveTorchvisionsParameters) {
  for (const auto& trunk : trunks()) {
    int64_t count = 0;
    for (const auto& [name, tensor] : random_trunk(trunk.kind, 1, 33).parameters) count += tensor.numel();
    EXPECT_EQ(count, trunk.parameters);
  }
}

// The definition in loops, from the same taps.
double lpips_by_definition(const at::Tensor& a, const at::Tensor& b, const LpipsWeights& weights,
                           const std::vector<std::string>& layers) {
  const std::array<float, 3> shift = {-0.030f, -0.088f, -0.188f}, scale = {0.458f, 0.448f, 0.450f};
  std::vector<std::vector<at::Tensor>> maps;
  for (auto image : {a.clone(), b.clone()}) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      image.select(1, channel).mul_(2).sub_(1).sub_(shift[channel]).div_(scale[channel]);
    }
    nn::GivenSource source(weights.trunk);
    nn::Taps taps(layers);
    nn::alexnet_features(nn::Scope(source, &taps), image, {.width = 0.1});
    maps.emplace_back();
    for (const auto& layer : layers) maps.back().push_back(taps.at(layer)[0].contiguous());
  }
  double sum = 0;
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    const auto &f = maps[0][layer], &g = maps[1][layer];
    const auto head = weights.heads.find(fmt::format("lin{}.model.1.weight", layer)).view(-1);
    const int64_t channels = f.size(0), pixels = f.numel() / channels;
    const float *p = f.data_ptr<float>(), *q = g.data_ptr<float>();
    double layer_sum = 0;
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      double length_p = 0, length_q = 0;
      for (int64_t c = 0; c < channels; ++c) {
        length_p += std::pow(p[c * pixels + pixel], 2);
        length_q += std::pow(q[c * pixels + pixel], 2);
      }
      for (int64_t c = 0; c < channels; ++c) {
        const double difference = p[c * pixels + pixel] / (std::sqrt(length_p) + 1e-10) -
                                  q[c * pixels + pixel] / (std::sqrt(length_q) + 1e-10);
        layer_sum += head[c].item<double>() * difference * difference;
      }
    }
    sum += layer_sum / double(pixels);
  }
  return sum;
}

TEST(Lpips, IsItsDefinition) {
  const std::vector<std::string> layers = {"features.1", "features.4", "features.7", "features.9", "features.11"};
  const LpipsWeights weights{random_trunk(LpipsTrunk::alex, 0.1, 40), random_heads(trunks()[0].channels, 0.1)};
  const auto a = picture(40, 0), b = picture(40, 1);
  const LpipsOptions options{.trunk = LpipsTrunk::alex, .width = 0.1};
  const double wanted = lpips_by_definition(a, b, weights, layers);
  EXPECT_GT(wanted, 0.01);
  EXPECT_NEAR(lpips(a, b, weights, options).item<double>(), wanted, 1e-4 * wanted);
  EXPECT_EQ(lpips(a, a, weights, options).item<double>(), 0);
  // Each image of a batch has its own distance.
  const auto both = lpips(at::cat({a, a}), at::cat({b, a}), weights, options);
  EXPECT_NEAR(both[0].item<double>(), wanted, 1e-4 * wanted);
  EXPECT_NEAR(both[1].item<double>(), 0, 1e-7);
}

TEST(Lpips, ScalingsDifferAsTheirInputsDo) {
  const LpipsWeights weights{random_trunk(LpipsTrunk::alex, 0.1, 40), random_heads(trunks()[0].channels, 0.1)};
  const auto a = picture(40, 0), b = picture(40, 1);
  const LpipsOptions right{.trunk = LpipsTrunk::alex, .width = 0.1};
  const LpipsOptions as_given{.trunk = LpipsTrunk::alex, .scaling = LpipsScaling::as_given, .width = 0.1};
  EXPECT_NEAR(lpips(a, b, weights, right).item<double>(), lpips(2 * a - 1, 2 * b - 1, weights, as_given).item<double>(),
              1e-6);
  EXPECT_NE(lpips(a, b, weights, right).item<double>(), lpips(a, b, weights, as_given).item<double>());
}

TEST(Lpips, GradientsAreThoseOfDifferences) {
  LpipsWeights weights{random_trunk(LpipsTrunk::squeeze, 0.125, 20), random_heads(trunks()[2].channels, 0.125)};
  for (auto& [name, tensor] : weights.trunk.parameters) tensor = tensor.to(at::kDouble);
  const LpipsOptions options{.trunk = LpipsTrunk::squeeze, .width = 0.125};
  auto image = picture(20, 0).to(at::kDouble).requires_grad_(true);
  const auto target = picture(20, 1).to(at::kDouble);
  lpips(image, target, weights, options).sum().backward();
  const auto gradient = image.grad();
  const auto direction = at::sin(at::arange(image.numel()).to(at::kDouble)).view(image.sizes());
  const double step = 1e-6;
  const double slope = (lpips(image.detach() + step * direction, target, weights, options) -
                        lpips(image.detach() - step * direction, target, weights, options))
                           .item<double>() /
                       (2 * step);
  EXPECT_NEAR((gradient * direction).sum().item<double>(), slope, 1e-3 * std::abs(slope) + 1e-7);
}

TEST(Lpips, TheAuthorsHeadsFitAllTrunks) {
  const auto folder = tests::shared_data("data/weights_lpips");
  if (!folder) GTEST_SKIP() << "no shared data";
  for (const auto& trunk : trunks()) {
    const LpipsWeights weights{random_trunk(trunk.kind, 1, 33), nn::load_weights(*folder / trunk.heads, "lin")};
    const auto distance = lpips(picture(33, 0), picture(33, 1), weights, {.trunk = trunk.kind}).item<double>();
    EXPECT_GT(distance, 0) << trunk.heads;
    EXPECT_LT(distance, 2) << trunk.heads;
  }
}

TEST(Lpips, WrongWeightsAreRefused) {
  const LpipsWeights weights{random_trunk(LpipsTrunk::alex, 0.1, 40), random_heads({1, 2, 3, 4, 5}, 1)};
  const LpipsOptions options{.trunk = LpipsTrunk::alex, .width = 0.1};
  EXPECT_NE(tests::refusal_of([&] { lpips(picture(40, 0), picture(40, 1), weights, options); }).find("another trunk's"),
            std::string::npos);
  EXPECT_NE(tests::refusal_of([&] { lpips(picture(8, 0), picture(8, 1), weights, options); }).find("too small"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::metrics
