#include "metrics/lpips.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/anomaly_mode.h>

#include <array>
#include <cmath>

#include "core/errors.h"
#include "io/tensor/tensor_io.h"
#include "nn/alexnet.h"
#include "nn/scope.h"
#include "nn/squeezenet.h"
#include "nn/taps.h"
#include "nn/vgg16.h"
#include "support/hostile_input.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"

namespace retort::metrics {
namespace {

struct Trunk {
  LpipsTrunk kind;
  const char* name;
  int64_t parameters;
  std::vector<int64_t> channels;
  std::vector<std::string> layers;
  double small;  ///< width of a network that is fast enough for loops

  LpipsOptions small_options() const { return {.trunk = kind, .width = small}; }
};

const std::vector<Trunk>& trunks() {
  static const std::vector<Trunk> all = {
      {LpipsTrunk::alex,
       "alex",
       2'469'696,
       {64, 192, 384, 256, 256},
       {"features.1", "features.4", "features.7", "features.9", "features.11"},
       0.1},
      {LpipsTrunk::vgg,
       "vgg",
       14'714'688,
       {64, 128, 256, 512, 512},
       {"features.3", "features.8", "features.15", "features.22", "features.29"},
       0.05},
      {LpipsTrunk::squeeze,
       "squeeze",
       722'496,
       {64, 128, 256, 384, 384, 512, 512},
       {"features.1", "features.4", "features.7", "features.9", "features.10", "features.11", "features.12"},
       0.125}};
  return all;
}

void run_small_trunk(LpipsTrunk kind, const nn::Scope& scope, const at::Tensor& image, double width) {
  if (kind == LpipsTrunk::alex) nn::alexnet_features(scope, image, {.width = width});
  if (kind == LpipsTrunk::vgg) nn::vgg16_features(scope, image, {.width = width});
  if (kind == LpipsTrunk::squeeze) nn::squeezenet_features(scope, image, {.width = width});
}

nn::Weights random_trunk(LpipsTrunk kind, double width, int64_t side) {
  nn::InitialisingSource source(RandomTree(7).child("trunk"));
  run_small_trunk(kind, nn::Scope(source), at::zeros({1, 3, side, side}), width);
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

LpipsWeights small_weights(const Trunk& trunk) {
  return {random_trunk(trunk.kind, trunk.small, 40), random_heads(trunk.channels, trunk.small)};
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
double lpips_by_definition(const at::Tensor& a, const at::Tensor& b, const LpipsWeights& weights, const Trunk& trunk) {
  const auto& layers = trunk.layers;
  const std::array<float, 3> shift = {-0.030f, -0.088f, -0.188f}, scale = {0.458f, 0.448f, 0.450f};
  std::vector<std::vector<at::Tensor>> maps;
  for (auto image : {a.clone(), b.clone()}) {
    for (int64_t channel = 0; channel < 3; ++channel) {
      image.select(1, channel).mul_(2).sub_(1).sub_(shift[channel]).div_(scale[channel]);
    }
    nn::GivenSource source(weights.trunk);
    nn::Taps taps(layers);
    taps.run_until_complete([&] { run_small_trunk(trunk.kind, nn::Scope(source, &taps), image, trunk.small); });
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
  for (const auto& trunk : trunks()) {
    const auto weights = small_weights(trunk);
    const auto a = picture(40, 0), b = picture(40, 1);
    const auto options = trunk.small_options();
    const double wanted = lpips_by_definition(a, b, weights, trunk);
    EXPECT_GT(wanted, 0.01) << trunk.name;
    EXPECT_NEAR(lpips(a, b, weights, options).item<double>(), wanted, 1e-4 * wanted) << trunk.name;
    EXPECT_EQ(lpips(a, a, weights, options).item<double>(), 0) << trunk.name;
    // Each image of a batch has its own distance.
    const auto both = lpips(at::cat({a, a}), at::cat({b, a}), weights, options);
    EXPECT_NEAR(both[0].item<double>(), wanted, 1e-4 * wanted) << trunk.name;
    EXPECT_NEAR(both[1].item<double>(), 0, 1e-7) << trunk.name;
  }
}

TEST(Lpips, ScalingsDifferAsTheirInputsDo) {
  const auto weights = small_weights(trunks()[0]);
  const auto a = picture(40, 0), b = picture(40, 1);
  const auto right = trunks()[0].small_options();
  auto as_given = right;
  as_given.scaling = LpipsScaling::as_given;
  EXPECT_NEAR(lpips(a, b, weights, right).item<double>(), lpips(2 * a - 1, 2 * b - 1, weights, as_given).item<double>(),
              1e-6);
  EXPECT_NE(lpips(a, b, weights, right).item<double>(), lpips(a, b, weights, as_given).item<double>());
}

// With positive weights and no bias the first layer is 0 wherever the image is black: a length of 0, whose gradient a
// square root does not have. The network's ReLUs would hide a NaN there from the image's own gradient.
TEST(Lpips, NoGradientIsNanWhereAllFeaturesAreZero) {
  for (const auto& trunk : trunks()) {
    auto weights = small_weights(trunk);
    weights.trunk.parameters["features.0.weight"].abs_();
    weights.trunk.parameters["features.0.bias"].zero_();
    auto image = picture(40, 0);
    image.slice(3, 0, 30).zero_();
    image.requires_grad_(true);
    const torch::autograd::DetectAnomalyGuard every_gradient_is_looked_at;
    const auto distance = lpips(image, picture(40, 1), weights, trunk.small_options());
    ASSERT_NO_THROW(distance.sum().backward()) << trunk.name;
    EXPECT_TRUE(image.grad().defined() && image.grad().isfinite().all().item<bool>()) << trunk.name;
    EXPECT_GT(image.grad().abs().max().item<double>(), 0) << trunk.name;
  }
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

// The fill of tests/golden/lpips_reference.py, to the bit.
double hashed(uint32_t seed, uint32_t index) {
  uint32_t bits = index * 0x9E3779B9u + seed;
  bits = (bits ^ (bits >> 16)) * 0x85EBCA6Bu;
  bits = (bits ^ (bits >> 13)) * 0xC2B2AE35u;
  return double(bits ^ (bits >> 16)) / 2147483648.0 - 1;
}

void fill_by_hash(at::Tensor& tensor, const std::string& name, double scale, double shift) {
  uint32_t seed = 0x811C9DC5u;
  for (const char letter : name) seed = (seed ^ static_cast<uint8_t>(letter)) * 0x01000193u;
  auto* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i) values[i] = float(scale * hashed(seed, uint32_t(i)) + shift);
}

nn::Weights hashed_trunk(LpipsTrunk kind) {
  auto weights = random_trunk(kind, 1, 33);
  for (auto& [name, tensor] : weights.parameters) {
    fill_by_hash(tensor, name, tensor.dim() == 4 ? std::sqrt(6.0 / double(tensor[0].numel())) : 0.05, 0);
  }
  return weights;
}

at::Tensor hashed_picture(const char* name) {
  auto values = at::empty({2, 3, 40, 53});
  fill_by_hash(values, name, 0.5, 0.5);
  return values;
}

// What tests/golden/lpips_reference.py prints: lpips 0.1.4 from PyPI, torch 2.13.
TEST(Lpips, EqualsTheAuthorsPackage) {
  const auto folder = tests::shared_data("data/weights_lpips");
  if (!folder) GTEST_SKIP() << "no shared data";
  const std::vector<std::array<double, 4>> figures = {{0.01147749, 0.0111960229, 0.00505451206, 0.00461348146},
                                                      {0.0173607506, 0.0168779287, 0.00625718571, 0.00593057321},
                                                      {0.0194070842, 0.0187945124, 0.0131223369, 0.0110672479}};
  const auto image = hashed_picture("image"), target = 0.75 * image + 0.25 * hashed_picture("noise");
  for (size_t i = 0; i < figures.size(); ++i) {
    const auto& trunk = trunks()[i];
    const LpipsWeights weights{hashed_trunk(trunk.kind),
                               nn::load_weights(*folder / (std::string(trunk.name) + ".pth"), "lin")};
    const auto scaled = lpips(image, target, weights, {.trunk = trunk.kind});
    const auto as_given = lpips(image, target, weights, {.trunk = trunk.kind, .scaling = LpipsScaling::as_given});
    for (int64_t pair = 0; pair < 2; ++pair) {
      EXPECT_NEAR(scaled[pair].item<double>() / figures[i][pair], 1, 2e-5) << trunk.name;
      EXPECT_NEAR(as_given[pair].item<double>() / figures[i][pair + 2], 1, 2e-5) << trunk.name;
    }
  }
}

TEST(Lpips, WrongWeightsAreRefused) {
  const LpipsWeights weights{random_trunk(LpipsTrunk::alex, 0.1, 40), random_heads({1, 2, 3, 4, 5}, 1)};
  const auto options = trunks()[0].small_options();
  EXPECT_NE(tests::refusal_of([&] { lpips(picture(40, 0), picture(40, 1), weights, options); }).find("another trunk's"),
            std::string::npos);
  EXPECT_NE(tests::refusal_of([&] { lpips(picture(8, 0), picture(8, 1), weights, options); }).find("too small"),
            std::string::npos);
}

TEST(Lpips, FilesOfAnotherNetworkAreRefusedWhenTheyAreLoaded) {
  const tests::TemporaryFolder folder;
  for (const auto& trunk : trunks()) {
    const auto weights = small_weights(trunk);
    io::save_safetensors(folder / (std::string(trunk.name) + ".trunk"), weights.trunk.parameters);
    io::save_safetensors(folder / (std::string(trunk.name) + ".heads"), weights.heads.parameters);
  }
  for (const auto& wanted : trunks()) {
    for (const auto& given : trunks()) {
      const auto load = [&](const char* trunk, const char* heads) {
        load_lpips(folder / (std::string(trunk) + ".trunk"), folder / (std::string(heads) + ".heads"),
                   wanted.small_options());
      };
      if (&wanted == &given) {
        EXPECT_NO_THROW(load(given.name, given.name));
        continue;
      }
      EXPECT_NE(tests::refusal_of([&] { load(given.name, wanted.name); }).find(std::string(given.name) + ".trunk"),
                std::string::npos);
      EXPECT_NE(tests::refusal_of([&] { load(wanted.name, given.name); }).find(std::string(given.name) + ".heads"),
                std::string::npos);
    }
  }
}

}  // namespace
}  // namespace retort::metrics
