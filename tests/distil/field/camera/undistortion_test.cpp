#include "distil/field/camera/undistortion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "distil/field/camera/distortion.h"

namespace retort::field {
namespace {

Lens opencv_lens(double k1, double k2, double p1, double p2) {
  const double parameters[] = {80, 82, 50, 37, k1, k2, p1, p2};
  return make_lens(int(LensModel::opencv), 100, 75, parameters, "camera");
}

Lens fisheye_lens(double focal, double k = 0) {
  const double parameters[] = {focal, 50, 37.5, k};
  return make_lens(int(LensModel::simple_radial_fisheye), 100, 75, parameters, "camera");
}

// The photo of a world that is painted with a smooth function of the direction, taken through the lens.
double painted(double x, double y) { return 128 + 60 * std::sin(2 * x / std::hypot(x, 1)) + 50 * std::sin(y); }

std::vector<uint8_t> photo_through(const Lens& lens) {
  const Distortion distortion(lens);
  std::vector<uint8_t> photo;
  for (int row = 0; row < lens.height; ++row) {
    for (int column = 0; column < lens.width; ++column) {
      const auto ideal = distortion.undistort({(column + 0.5 - lens.cx) / lens.fx, (row + 0.5 - lens.cy) / lens.fy});
      photo.push_back(std::isnan(ideal[0]) ? 0 : uint8_t(std::lround(painted(ideal[0], ideal[1]))));
    }
  }
  return photo;
}

// Share of valid pixels; those must show what the pinhole would have seen.
double expect_pinhole_picture(const Lens& lens) {
  std::vector<uint8_t> valid(size_t(lens.width) * lens.height);
  const auto straight = apply_undistortion(undistortion_map(lens), photo_through(lens), 1, valid);
  const auto pinhole = ideal_pinhole(lens, {});
  for (int row = 0; row < lens.height; ++row) {
    for (int column = 0; column < lens.width; ++column) {
      const auto pixel = size_t(row * lens.width + column);
      const double x = (column + 0.5 - pinhole.cx) / pinhole.fx, y = (row + 0.5 - pinhole.cy) / pinhole.fy;
      if (valid[pixel]) {
        EXPECT_NEAR(straight[pixel], painted(x, y), 2) << column << " " << row;
      }
    }
  }
  return double(std::count(valid.begin(), valid.end(), 255)) / double(valid.size());
}

TEST(Undistortion, straight_lens_changes_no_pixel) {
  const auto lens = opencv_lens(0, 0, 0, 0);
  std::vector<uint8_t> pixels(100 * 75 * 3), valid(100 * 75);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = uint8_t(i * 7);
  EXPECT_EQ(apply_undistortion(undistortion_map(lens), pixels, 3, valid), pixels);
  EXPECT_EQ(valid, std::vector<uint8_t>(valid.size(), 255));
}

TEST(Undistortion, picture_shows_what_a_pinhole_would) {
  EXPECT_GT(expect_pinhole_picture(opencv_lens(-0.12, 0.02, 0.003, -0.002)), 0.9);
  const double fov[] = {80, 82, 50, 37, 0.9};
  EXPECT_GT(expect_pinhole_picture(make_lens(int(LensModel::fov), 100, 75, fov, "c")), 0.99);
  const double full[] = {80, 82, 50, 37, -0.1, 0.02, 0.003, -0.002, 0.01, 0.02, 0.01, 0};
  EXPECT_GT(expect_pinhole_picture(make_lens(int(LensModel::full_opencv), 100, 75, full, "c")), 0.9);
  for (const double focal : {31.8, 50.0, 200.0}) EXPECT_EQ(expect_pinhole_picture(fisheye_lens(focal, -0.01)), 1);
}

TEST(Undistortion, pincushion_leaves_an_empty_border) {
  std::vector<uint8_t> photo(100 * 75, 200), valid(100 * 75);
  const auto straight = apply_undistortion(undistortion_map(opencv_lens(0.3, 0, 0, 0)), photo, 1, valid);
  EXPECT_EQ(valid[0], 0);
  EXPECT_EQ(straight[0], 0);
  EXPECT_EQ(straight[37 * 100 + 50], 200);
}

TEST(Undistortion, behind_the_fold_there_is_nothing) {
  const auto map = undistortion_map(opencv_lens(-1, 0, 0, 0));  // turns back at r = 1 / sqrt(3)
  // The corner's ideal radius is about 0.77: its distorted point lies inside the photo, but on the folded side.
  EXPECT_TRUE(std::isnan(map.source[0]));
  EXPECT_FALSE(std::isnan(map.source[2 * (37 * 100 + 50)]));
}

TEST(Undistortion, plane_lenses_keep_their_focal_lengths) {
  const auto camera = ideal_pinhole(opencv_lens(-0.12, 0.02, 0, 0), Camera{}.world_to_camera);
  EXPECT_EQ(camera.fx, 80);
  EXPECT_EQ(camera.fy, 82);
}

// 180 degrees across: the picture shows 110 of them. No side lies beyond the photo's.
TEST(Undistortion, fisheye_pictures_end_at_the_photo_or_at_110_degrees) {
  const double half_pixel = 0.5;
  const auto wide = ideal_pinhole(fisheye_lens(100 / std::numbers::pi), {});
  EXPECT_NEAR(std::atan((50 - half_pixel) / wide.fx) * 180 / std::numbers::pi, 55, 1e-9);
  EXPECT_EQ(wide.fx, wide.fy);
  EXPECT_EQ(wide.cx, 50);
  const auto narrow = ideal_pinhole(fisheye_lens(100), {});  // above and below the photo ends first
  EXPECT_NEAR(std::atan((37.5 - half_pixel) / narrow.fy), (37.5 - half_pixel) / 100, 1e-9);
  EXPECT_LT(std::atan((50 - half_pixel) / narrow.fx), (50 - half_pixel) / 100);
  // Beyond 180 degrees, and with a fold before the photo's side: nothing behind them is shown.
  EXPECT_NEAR(std::atan((50 - half_pixel) / ideal_pinhole(fisheye_lens(20), {}).fx) * 180 / std::numbers::pi, 55, 1e-9);
  const auto folded = ideal_pinhole(fisheye_lens(45, -0.5), {});
  EXPECT_NEAR((50 - half_pixel) / folded.fx, std::tan(1 / std::sqrt(1.5)), 1e-6);
}

}  // namespace
}  // namespace retort::field
