#include "io/colour_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace retort::io {
namespace {

double luminance(std::array<uint8_t, 3> colour) {
  const auto linear = [](uint8_t value) { return std::pow(value / 255.0, 2.2); };
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

TEST(ColourMap, perceptual_map_grows_lighter_all_the_way) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_LT(luminance(colour_of(ColourMap::perceptual, i / 100.0)),
              luminance(colour_of(ColourMap::perceptual, (i + 1) / 100.0)))
        << i;
  }
}

TEST(ColourMap, rainbow_runs_from_blue_over_green_to_red) {
  EXPECT_EQ(colour_of(ColourMap::rainbow, 0), (std::array<uint8_t, 3>{0, 0, 128}));
  EXPECT_EQ(colour_of(ColourMap::rainbow, 0.5)[1], 255);
  EXPECT_EQ(colour_of(ColourMap::rainbow, 1), (std::array<uint8_t, 3>{128, 0, 0}));
}

TEST(ColourMap, odd_values_take_an_end_or_black) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float values[] = {-5, 9, infinity, nan};
  const Image image = apply_colour_map(values, 4, 1, 0, 1, ColourMap::rainbow);
  EXPECT_EQ(image.pixels, (std::vector<uint8_t>{0, 0, 128, 128, 0, 0, 128, 0, 0, 0, 0, 0}));
  const Image flat = apply_colour_map(values, 4, 1, 2, 2, ColourMap::perceptual);
  const auto lowest = colour_of(ColourMap::perceptual, 0);
  EXPECT_TRUE(std::equal(lowest.begin(), lowest.end(), flat.at(2, 0)));
}

}  // namespace
}  // namespace retort::io
