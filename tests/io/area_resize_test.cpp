#include "io/area_resize.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/errors.h"

namespace retort::io {
namespace {

TEST(AreaResize, whole_blocks_are_averaged_and_rounded) {
  const Image image{4, 2, 1, {0, 1, 10, 20, 1, 1, 30, 40}};
  EXPECT_EQ(area_resize(image, 2, 1).pixels, (std::vector<uint8_t>{1, 25}));  // 0.75 and 25
}

TEST(AreaResize, borders_count_by_their_share) {
  const Image image{3, 1, 1, {0, 90, 240}};
  EXPECT_EQ(area_resize(image, 2, 1).pixels, (std::vector<uint8_t>{30, 190}));  // (0 + 45) / 1.5, (45 + 240) / 1.5
}

TEST(AreaResize, constant_pictures_stay_and_the_mean_is_kept) {
  Image image = make_image(53, 31, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), uint8_t(201));
  for (const uint8_t value : area_resize(image, 17, 29).pixels) EXPECT_EQ(value, 201);
  std::vector<float> planes(2 * 30 * 44);
  for (size_t i = 0; i < planes.size(); ++i) planes[i] = float(i % 17) - 3;
  const auto small = area_resize(planes, 2, 30, 44, 7, 9);
  ASSERT_EQ(small.size(), size_t(2 * 7 * 9));
  const double before = std::accumulate(planes.begin(), planes.end(), 0.0) / double(planes.size());
  EXPECT_NEAR(std::accumulate(small.begin(), small.end(), 0.0) / double(small.size()), before, 1e-5);
}

TEST(AreaResize, same_size_is_a_copy_and_enlarging_repeats) {
  const Image image{2, 1, 3, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(area_resize(image, 2, 1).pixels, image.pixels);
  EXPECT_EQ(area_resize(image, 4, 2).pixels, (std::vector<uint8_t>{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,  //
                                                                   1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}));
  EXPECT_THROW(area_resize(image, 0, 1), Fault);
}

}  // namespace
}  // namespace retort::io
