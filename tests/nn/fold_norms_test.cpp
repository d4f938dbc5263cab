#include "nn/fold_norms.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "support/network_registries.h"
#include "support/shaken_weights.h"
#include "support/user_error.h"

namespace retort::nn {
namespace {

at::Tensor pictures_for(const Network& network) {
  auto shape = network.image;
  shape.insert(shape.begin(), 2);
  return at::sin(at::arange(2 * shape[1] * shape[2] * shape[3], at::kFloat) * 1.7).view(shape);
}

at::Tensor logits_of(const Network& network, const Weights& weights, Taps* taps = nullptr) {
  const at::NoGradGuard no_grad;
  GivenSource source(weights);
  auto result = network.forward(Scope(source, taps), pictures_for(network));
  EXPECT_TRUE(source.unused().empty());
  return result;
}

/// Largest difference, in largest values of `wanted`.
double relative_difference(const at::Tensor& given, const at::Tensor& wanted) {
  return ((given - wanted).abs().max() / wanted.abs().max()).item<double>();
}

int64_t norms_in(const Weights& weights) {
  int64_t count = 0;
  for (const auto& [name, tensor] : weights.buffers) count += name.ends_with("running_mean") ? 1 : 0;
  return count;
}

/// A network of a few layers for pictures of 4x4.
struct SmallNetwork {
  Network network;
  Weights weights;

  explicit SmallNetwork(std::function<at::Tensor(const Scope&, const at::Tensor&)> forward)
      : network{.name = "small", .image = {2, 4, 4}, .forward = std::move(forward)},
        weights(tests::with_shaken_vectors(create_weights(network, RandomTree(3)))) {}

  void expect_folded(const std::set<std::string>& norms) const {
    const auto folded = fold_norms(network, weights);
    EXPECT_EQ(folded.folded->norms, norms);
    EXPECT_LT(relative_difference(logits_of(folded.network, folded.weights), logits_of(network, weights)), 1e-5);
  }
};

TEST(FoldNorms, EveryCifarNetworkGivesTheSameLogits) {
  const auto registries = tests::network_registries();
  int64_t folded_norms = 0;
  for (const auto& [name, entry] : registries.networks.entries()) {
    if (tests::is_large_network(name)) continue;
    const auto network = entry.make(10);
    if (network->image[1] != 32) continue;
    SCOPED_TRACE(name);
    const auto weights = tests::with_shaken_vectors(create_weights(*network, RandomTree(1)));
    const auto folded = fold_norms(*network, weights);
    folded_norms += static_cast<int64_t>(folded.folded->norms.size());
    EXPECT_EQ(norms_in(folded.weights) + static_cast<int64_t>(folded.folded->norms.size()), norms_in(weights));
    EXPECT_LT(relative_difference(logits_of(folded.network, folded.weights), logits_of(*network, weights)), 1e-4);
  }
  EXPECT_GT(folded_norms, 100);
}

TEST(FoldNorms, AResNetKeepsNoneAndItsWeightsStayAsTheyWere) {
  const auto network = tests::network_registries().networks.get("resnet8").make(10);
  const auto weights = tests::with_shaken_vectors(create_weights(*network, RandomTree(1)));
  const auto before = copy_of(weights);
  const auto folded = fold_norms(*network, weights);
  EXPECT_EQ(folded.folded->norms.size(), 9U);  // 7 before activations and 2 of shortcuts
  EXPECT_TRUE(folded.weights.buffers.empty());
  EXPECT_TRUE(folded.weights.find("conv1.bias").defined());
  EXPECT_FALSE(folded.weights.find("bn1.weight").defined());
  for (const auto& name : before.names()) EXPECT_TRUE(at::equal(weights.find(name), before.find(name))) << name;
  EXPECT_TRUE(compare_weights(folded.weights, create_weights(folded.network, RandomTree(0))).none());
}

// The stem's output of a widening first block goes to one norm and nowhere else, unless somebody listens.
TEST(FoldNorms, WhatIsTappedStaysAsItWas) {
  const auto network = tests::network_registries().networks.get("wrn_16_2").make(10);
  const auto weights = tests::with_shaken_vectors(create_weights(*network, RandomTree(1)));
  EXPECT_EQ(norms_in(weights), 13);
  EXPECT_EQ(fold_norms(*network, weights).folded->norms.size(), 7U);
  const auto tapped = fold_norms(*network, weights, network->stages);
  EXPECT_EQ(tapped.folded->norms.size(), 6U);
  EXPECT_EQ(tapped.folded->norms.count("block1.layer.0.bn1"), 0U);
  Taps before(network->stages), after(network->stages);
  logits_of(*network, weights, &before);
  logits_of(tapped.network, tapped.weights, &after);
  for (const auto& stage : network->stages)
    EXPECT_LT(relative_difference(after.at(stage), before.at(stage)), 1e-4) << stage;
  const auto message = tests::user_error_of([&] { fold_norms(*network, weights, {"conv2"}); });
  EXPECT_NE(message.find("no activation 'conv2'"), std::string::npos) << message;
}

TEST(FoldNorms, EpsilonBiasAndLackOfAffineWeightsAreTheNormsOwn) {
  SmallNetwork([](const Scope& scope, const at::Tensor& x) {
    auto y = conv2d(scope / "conv", x, {.out_channels = 6, .kernel = 3, .groups = 2, .padding = 1, .bias = true});
    y = batch_norm(scope / "bn", y, {.eps = 0.5});
    y = linear(scope / "fc", y.flatten(1), {.out_features = 5, .bias = false});
    return batch_norm(scope / "last", y, {.affine = false});
  }).expect_folded({"bn", "last"});
}

TEST(FoldNorms, AnOutputWithAnotherReaderIsLeftAlone) {
  SmallNetwork([](const Scope& scope, const at::Tensor& x) {
    const auto y = conv2d(scope / "conv", x, bare_conv(3, 3));
    return (batch_norm(scope / "bn", y) + y).mean({2, 3});
  }).expect_folded({});
}

TEST(FoldNorms, LayersAndNormsThatWorkTwiceAreLeftAlone) {
  SmallNetwork([](const Scope& scope, const at::Tensor& x) {
    auto y = batch_norm(scope / "bn1", conv2d(scope / "shared", x, bare_conv(2, 3)));
    y = batch_norm(scope / "bn2", conv2d(scope / "shared", y, bare_conv(2, 3)));
    y = batch_norm(scope / "shared_bn", conv2d(scope / "conv1", y, bare_conv(2, 3)));
    y = batch_norm(scope / "shared_bn", conv2d(scope / "conv2", y, bare_conv(2, 3)));
    return y.mean({2, 3});
  }).expect_folded({});
}

TEST(FoldNorms, TransposedConvolutionsAndViewsAreLeftAlone) {
  SmallNetwork([](const Scope& scope, const at::Tensor& x) {
    auto y = conv_transpose2d(scope / "up", x, {.out_channels = 2});
    y = batch_norm(scope / "bn1", y);
    y = conv2d(scope / "conv", y, bare_conv(4, 1));
    return batch_norm(scope / "bn2", shuffle_channels(y, 2)).mean({2, 3});
  }).expect_folded({});
}

TEST(FoldNorms, AFoldedNetworkIsNotTrained) {
  const auto network = tests::network_registries().networks.get("resnet8").make(10);
  const auto folded = fold_norms(*network, create_weights(*network, RandomTree(1)));
  GivenSource source(folded.weights);
  EXPECT_THROW(folded.network.forward(Scope(source, nullptr, {.training = true}), pictures_for(*network)), Fault);
  EXPECT_THROW(folded.network.forward(Scope(source) / "deeper", pictures_for(*network)), Fault);
}

}  // namespace
}  // namespace retort::nn
