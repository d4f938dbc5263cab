#include "nn/unet.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "support/shaken_weights.h"
#include "support/user_error.h"

namespace retort::nn {
namespace {

UNetOptions small_unet() {
  return {.width = 8,
          .multipliers = {1, 2},
          .blocks = 1,
          .attention_sides = {4},
          .dropout = 0.5,
          .out_channels = 2,
          .classes = 3};
}

at::Tensor unet_image() { return at::sin(at::arange(2 * 3 * 8 * 12, at::kFloat)).view({2, 3, 8, 12}); }

at::Tensor run_unet(const Scope& scope, double noise, int64_t label) {
  return unet(scope, unet_image(), at::full({2}, noise), at::full({2}, label, at::kLong), small_unet());
}

Weights shaken_unet() {
  InitialisingSource source{RandomTree(0)};
  run_unet(Scope(source), 0, 0);
  return tests::shaken(source.take());
}

TEST(UNet, GivesMapsOfThePicturesSizeAndShowsItsDeepestOnes) {
  InitialisingSource source{RandomTree(0)};
  Taps taps({"enc.4x6_block0", "enc.4x6_block0.attention", "dec.4x6_in0"});
  EXPECT_EQ(run_unet(Scope(source, &taps), 0.1, 0).sizes(), (std::vector<int64_t>{2, 2, 8, 12}));
  EXPECT_EQ(taps.at("enc.4x6_block0").sizes(), (std::vector<int64_t>{2, 16, 4, 6}));
  EXPECT_EQ(taps.at("enc.4x6_block0.attention").sizes(), (std::vector<int64_t>{2, 1, 24, 24}));
  EXPECT_EQ(taps.at("dec.4x6_in0").sizes(), (std::vector<int64_t>{2, 16, 4, 6}));
}

TEST(UNet, FollowsNoiseAndLabel) {
  const auto weights = shaken_unet();
  GivenSource source(weights);
  const auto run = [&](double noise, int64_t label) { return run_unet(Scope(source), noise, label); };
  EXPECT_TRUE(at::equal(run(0.1, 0), run(0.1, 0)));
  EXPECT_FALSE(at::allclose(run(0.1, 0), run(0.9, 0)));
  EXPECT_FALSE(at::allclose(run(0.1, 0), run(0.1, 2)));
  EXPECT_FALSE(at::allclose(run(0.1, 0), run(0.1, 3)));
}

TEST(UNet, DropsOnlyInTraining) {
  const auto weights = shaken_unet();
  GivenSource source(weights);
  const auto run = [&](bool training, uint64_t seed) {
    return run_unet(Scope(source, nullptr, {.training = training, .random = RandomTree(seed)}), 0.1, 0);
  };
  EXPECT_TRUE(at::equal(run(false, 1), run(false, 2)));
  EXPECT_FALSE(at::equal(run(true, 1), run(true, 2)));
}

TEST(UNet, SidesThatCannotBeHalvedAreRefused) {
  InitialisingSource source{RandomTree(0)};
  auto options = small_unet();
  options.classes = 0;
  const auto message = tests::user_error_of([&] {
    unet(Scope(source), at::zeros({1, 3, 8, 7}), at::zeros({1}), {}, options);
  });
  EXPECT_NE(message.find("pictures of 8x7 and 2 levels; multiples of 2 would be right"), std::string::npos) << message;
}

TEST(UNet, WantsLabelsWhereItHasClasses) {
  InitialisingSource source{RandomTree(0)};
  EXPECT_THROW(unet(Scope(source), unet_image(), at::zeros({2}), {}, small_unet()), Fault);
}

}  // namespace
}  // namespace retort::nn
