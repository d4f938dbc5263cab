#include "nn/scope.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "io/tensor/tensor_io.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::nn {
namespace {

TEST(Scope, PathsAreJoinedByDots) {
  InitialisingSource source{RandomTree(0)};
  const Scope scope(source);
  EXPECT_EQ(scope.path(), "");
  EXPECT_EQ((scope / "layer1" / "0" / "conv1").path(), "layer1.0.conv1");
}

TEST(Scope, InitialisingCreatesNamedParametersAndBuffersApart) {
  InitialisingSource source{RandomTree(0)};
  const auto scope = Scope(source) / "bn";
  scope.parameter("weight", {4}, Initialiser::ones());
  scope.buffer("running_mean", {4}, Initialiser::zeros());
  const auto weights = source.take();
  ASSERT_EQ(weights.parameters.size(), 1u);
  ASSERT_EQ(weights.buffers.size(), 1u);
  EXPECT_TRUE(at::equal(weights.parameters.at("bn.weight"), at::ones({4})));
  EXPECT_TRUE(at::equal(weights.buffers.at("bn.running_mean"), at::zeros({4})));
}

TEST(Scope, InitialValuesDependOnSeedAndNameOnly) {
  InitialisingSource first{RandomTree(7)}, second{RandomTree(7)}, other{RandomTree(8)};
  Scope(second).parameter("earlier", {10}, Initialiser::normal(1));
  const auto draw = [](InitialisingSource& source) {
    return Scope(source).parameter("weight", {1000}, Initialiser::uniform(0.5));
  };
  const auto values = draw(first);
  EXPECT_TRUE(at::equal(values, draw(second)));
  EXPECT_FALSE(at::equal(values, draw(other)));
  EXPECT_LE(values.abs().max().item<float>(), 0.5F);
  EXPECT_NEAR(values.std().item<float>(), 0.5 / std::sqrt(3.0), 0.02);
}

TEST(Scope, NormalInitialiserHasItsDeviation) {
  InitialisingSource source{RandomTree(1)};
  const auto values = Scope(source).parameter("weight", {4000}, Initialiser::normal(0.2));
  EXPECT_NEAR(values.std().item<float>(), 0.2, 0.01);
  EXPECT_NEAR(values.mean().item<float>(), 0.0, 0.02);
}

// A weight [3,5,2,2]: fans of 20 and 12, so that the values lie within 2 sqrt(6 / 32).
TEST(Scope, XavierInitialiserCountsBothFans) {
  InitialisingSource source{RandomTree(1)};
  const double bound = 2 * std::sqrt(6.0 / 32);
  const auto values = Scope(source).parameter("weight", {3, 5, 2, 2}, Initialiser::xavier_uniform(2));
  EXPECT_LE(values.abs().max().item<float>(), bound);
  EXPECT_GT(values.abs().max().item<float>(), 0.9 * bound);
  EXPECT_THROW(Scope(source).parameter("bias", {3}, Initialiser::xavier_uniform()), Fault);
}

TEST(Scope, GivenWeightsAreUsedAsTheyAreAndCounted) {
  Weights weights;
  weights.parameters = {{"conv.weight", at::ones({2, 3})}, {"left.over", at::ones({1})}};
  GivenSource source(weights);
  EXPECT_TRUE((Scope(source) / "conv").parameter("weight", {2, 3}, {}).is_same(weights.parameters.at("conv.weight")));
  EXPECT_EQ(source.unused(), std::vector<std::string>{"left.over"});
}

TEST(Scope, MissingAndMisshapenWeightsAreNamedWithTheirFile) {
  Weights weights;
  weights.origin = "net.safetensors";
  weights.parameters = {{"conv1.weight", at::ones({2, 3})}};
  GivenSource source(weights);
  const auto missing = tests::user_error_of([&] { (Scope(source) / "conv2").parameter("weight", {2, 3}, {}); });
  EXPECT_EQ(missing,
            "net.safetensors: has no parameter 'conv2.weight', which this network needs; did you mean 'conv1.weight'?");
  const auto misshapen = tests::user_error_of([&] { (Scope(source) / "conv1").parameter("weight", {2, 4}, {}); });
  EXPECT_EQ(misshapen, "net.safetensors: 'conv1.weight' is [2, 3], this network wants [2, 4]");
}

TEST(Weights, HalvesAreLoadedAsFloatsAndBuffersApart) {
  const tests::TemporaryFolder folder;
  io::save_safetensors(folder / "w.safetensors",
                       {{"conv.weight", at::full({2}, 0.5, at::kHalf)}, {"bn.running_mean", at::ones({2})}});
  const auto weights = load_weights(folder / "w.safetensors");
  EXPECT_EQ(weights.parameters.at("conv.weight").scalar_type(), at::kFloat);
  EXPECT_EQ(weights.buffers.count("bn.running_mean"), 1u);
  EXPECT_EQ(weights.shape_of("conv.weight"), std::vector<int64_t>{2});
  EXPECT_NE(tests::user_error_of([&] { weights.shape_of("conv.weigth"); }).find("did you mean 'conv.weight'"),
            std::string::npos);
}

TEST(Taps, KeepOnlyWhatWasAskedFor) {
  Taps taps({"a"});
  taps.offer("a", at::ones({1}));
  taps.offer("b", at::zeros({1}));
  EXPECT_TRUE(taps.complete());
  EXPECT_EQ(taps.at("a").item<float>(), 1);
  EXPECT_FALSE(taps.wants("b"));
  EXPECT_THROW(taps.at("b"), Fault);
}

TEST(Taps, RunEndsBehindTheLastTap) {
  InitialisingSource source{RandomTree(0)};
  Taps taps({"first", "second.input"});
  const Scope scope(source, &taps);
  bool went_on = false;
  taps.run_until_complete([&] {
    (scope / "first").tap(at::full({1}, 2.0));
    (scope / "second").tap_input(at::full({1}, 3.0));
    went_on = true;
  });
  EXPECT_FALSE(went_on);
  EXPECT_EQ(taps.at("first").item<float>(), 2);
  EXPECT_EQ(taps.at("second.input").item<float>(), 3);
}

TEST(Taps, UnknownNameIsReportedWithTheNearest) {
  InitialisingSource source{RandomTree(0)};
  Taps taps({"block1.relv"});
  const Scope scope(source, &taps);
  const auto message =
      tests::user_error_of([&] { taps.run_until_complete([&] { (scope / "block1" / "relu").tap(at::ones({1})); }); });
  EXPECT_EQ(message, "the network has no activation 'block1.relv'; did you mean 'block1.relu'?");
}

}  // namespace
}  // namespace retort::nn
