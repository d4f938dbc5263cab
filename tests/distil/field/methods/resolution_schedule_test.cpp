#include "distil/field/methods/resolution_schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace retort::field {
namespace {

/// Grey stripes of `cycles` over the width, about a middle grey.
io::Image stripes(int cycles) {
  auto image = io::make_image(64, 48, 3);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      const auto value = uint8_t(std::lround(127 + 100 * std::cos(2 * M_PI * cycles * x / 64.0)));
      std::fill_n(image.at(x, y), 3, value);
    }
  }
  return image;
}

TEST(ResolutionSchedule, SharesFollowTheSpectrum) {
  // 4 cycles of 64 pixels survive up to 8 times smaller; 20 only at the full size.
  EXPECT_GT(spectrum_shares(stripes(4), {8})[0], 0.98);
  const auto fine = spectrum_shares(stripes(20), {8, 2, 1});
  EXPECT_NEAR(fine[0], fine[1], 0.02);
  EXPECT_LT(fine[1], 0.7);
  EXPECT_NEAR(fine[2], 1, 1e-12);
}

TEST(ResolutionSchedule, LevelsRiseToTheFullSizeInTime) {
  const auto picture = stripes(20);
  const auto levels = plan_resolution({&picture}, 1000);
  EXPECT_EQ(levels.front().first_step, 1);
  EXPECT_EQ(levels.back().divisor, 1);
  EXPECT_LE(levels.back().first_step, 1001);
  for (size_t i = 1; i < levels.size(); ++i) {
    EXPECT_LT(levels[i].divisor, levels[i - 1].divisor);
    EXPECT_GE(levels[i].first_step, levels[i - 1].first_step);
  }
  EXPECT_EQ(divisor_at(levels, 1), levels.front().divisor);
  EXPECT_EQ(divisor_at(levels, 5000), 1);
  EXPECT_EQ(divisor_at({}, 1), 1) << "no schedule";
}

TEST(ResolutionSchedule, MaskedPixelsStayMasked) {
  ViewImage image{.rgb = stripes(4), .mask = io::make_image(64, 48, 1)};
  std::fill(image.mask.pixels.begin(), image.mask.pixels.end(), uint8_t(255));
  *image.mask.at(5, 7) = 0;
  const auto smaller = smaller_view(image, 32, 24);
  EXPECT_EQ(*smaller.mask.at(2, 3), 0);
  EXPECT_EQ(*smaller.mask.at(3, 3), 255);
}

}  // namespace
}  // namespace retort::field
