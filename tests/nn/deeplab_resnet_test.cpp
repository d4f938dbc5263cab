#include "nn/deeplab_resnet.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/registries.h"
#include "nn/network.h"
#include "support/network_registries.h"

namespace retort::nn {
namespace {

TEST(DeepLabResNet, GivesAScoreForEveryPixelOfAnySize) {
  const auto network = tests::network_registries().networks.get("deeplab_resnet8_narrow").make(5);
  ASSERT_TRUE(network->dense);
  const auto weights = create_weights(*network, RandomTree(2));
  GivenSource source(weights);
  Taps taps({"layer2", "layer3", "classifier", "avgpool"});
  const at::NoGradGuard no_grad;
  const auto pictures = at::sin(at::arange(2 * 3 * 45 * 60, at::kFloat)).view({2, 3, 45, 60});
  const auto scores = network->forward(Scope(source, &taps), pictures);
  EXPECT_EQ(scores.sizes(), (std::vector<int64_t>{2, 5, 45, 60}));
  const auto map = taps.at("classifier");
  EXPECT_EQ(map.sizes(), (std::vector<int64_t>{2, 5, 6, 8}));
  EXPECT_TRUE(at::allclose(scores, at::upsample_bilinear2d(map, {45, 60}, false)));
  // The last stage looks further instead of making the map smaller.
  EXPECT_EQ(taps.at("layer2").sizes().slice(2), taps.at("layer3").sizes().slice(2));
  EXPECT_TRUE(at::allclose(taps.at("avgpool"), taps.at("layer3").mean({2, 3})));
}

TEST(DeepLabResNet, FarPixelsCountThroughPoolingAlone) {
  const DeepLabResNetOptions options{.classes = 2};
  InitialisingSource fresh{RandomTree(5)};
  const at::NoGradGuard no_grad;
  deeplab_resnet(Scope(fresh), at::zeros({1, 3, 16, 16}), options);
  auto weights = fresh.take();
  const auto dark = at::zeros({1, 3, 320, 64}), lit = dark.clone();
  lit.slice(2, 300).fill_(1);
  const auto change_of_first_rows = [&] {
    GivenSource first(weights), second(weights);
    const auto difference = deeplab_resnet(Scope(first), dark, options) - deeplab_resnet(Scope(second), lit, options);
    EXPECT_GT(difference.slice(2, 312).abs().max().item<double>(), 1e-3);
    return difference.slice(2, 0, 8).abs().max().item<double>();
  };
  EXPECT_GT(change_of_first_rows(), 1e-4);
  weights.parameters.at("aspp.pooling.0.weight").zero_();
  EXPECT_LT(change_of_first_rows(), 1e-6);
}

}  // namespace
}  // namespace retort::nn
