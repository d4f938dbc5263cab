#include "data/mixing.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace retort::data {
namespace {

TEST(Beta, has_the_known_moments) {
  RandomGenerator random(1);
  for (const double alpha : {0.2, 1.0, 4.0}) {
    double sum = 0, squares = 0;
    constexpr int draws = 40000;
    for (int i = 0; i < draws; ++i) {
      const double value = draw_beta(alpha, alpha, random);
      ASSERT_GE(value, 0);
      ASSERT_LE(value, 1);
      sum += value;
      squares += (value - 0.5) * (value - 0.5);
    }
    EXPECT_NEAR(sum / draws, 0.5, 0.012);
    EXPECT_NEAR(squares / draws, 1 / (4 * (2 * alpha + 1)), 0.003);
  }
}

TEST(Mixing, follows_the_equations) {
  const at::Tensor image = at::arange(24, at::kFloat).reshape({2, 1, 3, 4}), partner = at::tensor({1, 0}, at::kLong);
  EXPECT_TRUE(at::allclose(mixup_images(image, partner, 0.75), image * 0.75 + image.flip(0) * 0.25));
  const at::Tensor cut = cutmix_images(image, partner, {1, 1, 2, 2});
  EXPECT_EQ(cut[0][0][1][1].item<float>(), 17);
  EXPECT_EQ(cut[0][0][0][1].item<float>(), 1);
  EXPECT_EQ((cut != image).sum().item<int64_t>(), 8);
  EXPECT_EQ(image[0][0][1][1].item<float>(), 5);  // the batch itself stays
  const MixedBatch mixed{cut, at::tensor({0, 2}, at::kLong), at::tensor({2, 2}, at::kLong), 0.75};
  EXPECT_TRUE(at::allclose(soft_targets(mixed, 3), at::tensor({0.75f, 0.f, 0.25f, 0.f, 0.f, 1.f}).reshape({2, 3})));
}

TEST(Mixing, cuts_windows_of_the_right_area) {
  RandomGenerator random(2);
  double kept = 0;
  constexpr int draws = 2000;
  for (int i = 0; i < draws; ++i) {
    const Window window = draw_cutmix_window(100, 200, 0.96, random);  // 20 x 40, unless cut at the border
    ASSERT_LE(window.height, 20);
    ASSERT_LE(window.width, 40);
    ASSERT_LE(window.top + window.height, 100);
    ASSERT_LE(window.left + window.width, 200);
    kept += double(window.height) * window.width;
  }
  // A centre closer to a border than half a side loses part: the mean side is 0.95 of the whole one.
  EXPECT_NEAR(kept / draws / (20 * 40), 0.95 * 0.95, 0.015);
}

TEST(Mixing, cuts_windows_at_the_border) {
  EXPECT_EQ(cutmix_window(10, 20, 0.75, 5, 10), (Window{3, 5, 4, 10}));  // half of 5 rounded down to each side
  EXPECT_EQ(cutmix_window(10, 20, 0.75, 0, 19), (Window{0, 14, 2, 6}));
  EXPECT_EQ(cutmix_window(10, 20, 1, 5, 10), (Window{5, 10, 0, 0}));
}

TEST(Mixing, stays_within_a_picture_when_asked) {
  const at::Tensor image = at::arange(6 * 64, at::kFloat).reshape({6, 1, 8, 8}), target = at::arange(6, at::kLong);
  const MixingOptions options{.cutmix_alpha = 1, .same_picture = true};
  for (uint64_t i = 0; i < 8; ++i) {
    const auto mixed = mix_batch(image, target, options, RandomTree(i), 3);
    EXPECT_TRUE(at::equal(mixed.partner.remainder(2), at::arange(6, at::kLong).remainder(2)));
    EXPECT_FALSE(mixed.partner.eq(at::arange(6, at::kLong)).any().item<bool>());
    EXPECT_TRUE(at::equal(mixed.partner_target, mixed.partner));
  }
}

TEST(Mixing, is_a_matter_of_the_stream_alone) {
  const at::Tensor image = at::rand({8, 3, 6, 6}), target = at::arange(8);
  const MixingOptions both{.mixup_alpha = 0.2, .cutmix_alpha = 1};
  int cut = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const auto one = mix_batch(image, target, both, RandomTree(i)), two = mix_batch(image, target, both, RandomTree(i));
    ASSERT_TRUE(at::equal(one.image, two.image));
    ASSERT_EQ(one.lambda, two.lambda);
    // CutMix leaves every value that of one of two pictures.
    const auto partner = image.index_select(0, one.partner_target);
    const bool whole_values = ((one.image == image) | (one.image == partner)).all().item<bool>();
    cut += whole_values;
    const at::Tensor blend = image * one.lambda + partner * (1 - one.lambda);
    ASSERT_TRUE(whole_values || at::allclose(one.image, blend));
  }
  EXPECT_NEAR(cut, 100, 40);
  const auto off = mix_batch(image, target, {}, RandomTree(1));
  EXPECT_TRUE(off.image.is_same(image));
  EXPECT_EQ(off.lambda, 1);
}

}  // namespace
}  // namespace retort::data
