// Operations held to Pillow: hashes of what Pillow 11.3 made of the same picture.
#include <gtest/gtest.h>

#include "data/transforms/affine.h"
#include "data/transforms/colour.h"
#include "data/transforms/geometry.h"
#include "data/transforms/resize.h"

namespace retort::data {
namespace {

Picture patterned() {
  Picture picture = make_picture(3, 21, 30);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 21; ++y) {
      for (int x = 0; x < 30; ++x) picture.row(c, y)[x] = uint8_t((x * x * 7 + y * 13 + c * 50 + x * y * 3) % 211);
    }
  }
  return picture;
}

// FNV-1a over the planes.
uint64_t hash_of(const Picture& picture) {
  uint64_t hash = 1469598103934665603u;
  for (const uint8_t value : picture.pixels) hash = (hash ^ value) * 1099511628211u;
  return hash;
}

template <class Change, class... Arguments>
uint64_t hash_after(Change&& change, Arguments... arguments) {
  Picture picture = patterned();
  change(picture, arguments...);
  return hash_of(picture);
}

TEST(Pillow, resizes_alike) {
  const Picture picture = patterned();
  ASSERT_EQ(hash_of(picture), 0x1bc95b1d10e24d8bu);
  EXPECT_EQ(hash_of(resize_picture(picture, 8, 10, ResizeFilter::bilinear)), 0x9283d56ddf778c87u);
  EXPECT_EQ(hash_of(resize_picture(picture, 50, 45, ResizeFilter::bilinear)), 0x321c65a6f8c56401u);
  EXPECT_EQ(hash_of(resize_picture(picture, 8, 10, ResizeFilter::bicubic)), 0x13628b30e5a61a3fu);
  EXPECT_EQ(hash_of(resize_picture(picture, 50, 45, ResizeFilter::bicubic)), 0x6bee309f39aafae2u);
  EXPECT_EQ(hash_of(resize_picture(picture, 21, 10, ResizeFilter::bilinear)), 0xef0e6e37e1d15ac2u);
  const Picture part = crop_picture(picture, {4, 3, 17, 12});
  EXPECT_EQ(hash_of(resize_picture(part, 9, 9, ResizeFilter::bilinear)), 0xabcf704ce8cbd761u);
}

TEST(Pillow, enhances_alike) {
  EXPECT_EQ(hash_after(adjust_brightness, 0.3), 0x35dfbca5d18c4d7du);
  EXPECT_EQ(hash_after(adjust_brightness, 1.7), 0x634143a13d73db2bu);
  EXPECT_EQ(hash_after(adjust_contrast, 0.3), 0x6ea1fc8a78eb0853u);
  EXPECT_EQ(hash_after(adjust_contrast, 1.7), 0x60811574c0a59152u);
  EXPECT_EQ(hash_after(adjust_saturation, 0.3), 0x27c2d66aab79e93bu);
  EXPECT_EQ(hash_after(adjust_saturation, 1.7), 0x7a7d56e81aeec2ddu);
  EXPECT_EQ(hash_after(adjust_sharpness, 0.3), 0xec11515cb5acd5beu);
  EXPECT_EQ(hash_after(adjust_sharpness, 1.7), 0xb9aab68c43ca4336u);
}

TEST(Pillow, maps_values_alike) {
  EXPECT_EQ(hash_after(posterise, 3), 0x2b67d758e800d5fbu);
  EXPECT_EQ(hash_after(solarise, 100), 0x6fb776d6b71e95b4u);
  EXPECT_EQ(hash_after(invert), 0xf4f2e9d33793c591u);
  EXPECT_EQ(hash_after(stretch_contrast), 0x16da4b5085e3b1feu);
  EXPECT_EQ(hash_after(equalise), 0x7ea6216995c2c380u);
}

TEST(Pillow, warps_alike) {
  const Picture picture = patterned();
  EXPECT_EQ(hash_of(warp_nearest(picture, shear_x_map(0.21))), 0x4488d293443df768u);
  EXPECT_EQ(hash_of(warp_nearest(picture, shear_y_map(-0.13))), 0xc24ab7a5e4d07eb1u);
  EXPECT_EQ(hash_of(warp_nearest(picture, translate_map(4, -3))), 0x9f55ac3a0a79788eu);
  EXPECT_EQ(hash_of(warp_nearest(picture, rotate_map(24, 21, 30))), 0x9a3dcc2092dc7b1au);
  EXPECT_EQ(hash_of(warp_nearest(picture, rotate_map(-9, 21, 30))), 0x5a17078566d62d1du);
}

TEST(Hue, turns_colours_and_leaves_grey) {
  Picture picture{3, 1, 3, {255, 100, 10, 0, 100, 200, 0, 100, 30}};
  adjust_hue(picture, 1.0 / 3);
  EXPECT_EQ(picture.pixels, (std::vector<uint8_t>{0, 100, 30, 255, 100, 10, 0, 100, 200}));
  adjust_hue(picture, -1.0 / 3);
  EXPECT_EQ(picture.pixels, (std::vector<uint8_t>{255, 100, 10, 0, 100, 200, 0, 100, 30}));
}

}  // namespace
}  // namespace retort::data
