#include "distil/field/camera/distortion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/hostile_input.h"

namespace retort::field {
namespace {

using tests::refusal_of;

Lens opencv_lens(double k1, double k2, double p1, double p2) {
  const double parameters[] = {80, 82, 50, 37, k1, k2, p1, p2};
  return make_lens(int(LensModel::opencv), 100, 75, parameters, "camera");
}

TEST(Distortion, parameters_of_every_model_go_in_and_out) {
  const std::vector<std::vector<double>> parameters = {{80, 50, 37},
                                                       {80, 82, 50, 37},
                                                       {80, 50, 37, 0.1},
                                                       {80, 50, 37, 0.1, -0.02},
                                                       {80, 82, 50, 37, 0.1, -0.02, 0.003, 0.004}};
  for (int model = 0; model < int(parameters.size()); ++model) {
    const auto lens = make_lens(model, 100, 75, parameters[size_t(model)], "camera");
    EXPECT_EQ(lens_parameters(lens), parameters[size_t(model)]);
    EXPECT_EQ(lens_parameter_count(model), int(parameters[size_t(model)].size()));
    EXPECT_EQ(lens_model_number(lens_model_name(model)), model);
    EXPECT_EQ(lens.fy, parameters[size_t(model)].size() % 4 == 0 && model != 2 ? 82 : 80);
    EXPECT_EQ(lens.cx, 50);
    EXPECT_EQ(lens.distorted(), model >= 2);
  }
}

// x = 0.3, y = -0.2: r2 = 0.13; radial = 1 + 0.1 * 0.13 + 0.05 * 0.0169 = 1.013845.
TEST(Distortion, formula_of_opencv) {
  const auto distorted = distort(opencv_lens(0.1, 0.05, 0.01, -0.02), {0.3, -0.2});
  EXPECT_NEAR(distorted[0], 0.3 * 1.013845 + 2 * 0.01 * -0.06 - 0.02 * (0.13 + 0.18), 1e-12);
  EXPECT_NEAR(distorted[1], -0.2 * 1.013845 + 0.01 * (0.13 + 0.08) + 2 * -0.02 * -0.06, 1e-12);
}

TEST(Distortion, undistort_inverts_distort) {
  for (const auto& lens :
       {opencv_lens(0.1, 0.05, 0.01, -0.02), opencv_lens(-0.25, 0.06, 0, 0), opencv_lens(-0.2, 0, 0.002, 0)}) {
    for (double x = -0.6; x <= 0.6; x += 0.15) {
      for (double y = -0.45; y <= 0.45; y += 0.15) {
        const auto back = undistort(lens, distort(lens, {x, y}));
        EXPECT_NEAR(back[0], x, 1e-9);
        EXPECT_NEAR(back[1], y, 1e-9);
      }
    }
  }
}

TEST(Distortion, behind_the_fold_there_is_nothing) {
  const auto lens = opencv_lens(-1, 0, 0, 0);  // turns back at r = 1 / sqrt(3), where the distorted radius is 0.385
  EXPECT_TRUE(std::isnan(undistort(lens, {0.5, 0})[0]));
  const auto map = undistortion_map(lens);
  // The corner's ideal radius is about 0.77: its distorted point lies inside the photo, but on the folded side.
  EXPECT_TRUE(std::isnan(map.source[0]));
  EXPECT_FALSE(std::isnan(map.source[2 * (37 * 100 + 50)]));
}

TEST(Distortion, straight_lens_changes_no_pixel) {
  const auto lens = opencv_lens(0, 0, 0, 0);
  std::vector<uint8_t> pixels(100 * 75 * 3), valid(100 * 75);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = uint8_t(i * 7);
  EXPECT_EQ(apply_undistortion(undistortion_map(lens), pixels, 3, valid), pixels);
  EXPECT_EQ(valid, std::vector<uint8_t>(valid.size(), 255));
}

// A barrel-distorted picture of the ramp "ideal x" must come out as the ramp.
TEST(Distortion, undistorted_picture_shows_what_a_pinhole_would) {
  const auto lens = opencv_lens(-0.12, 0.02, 0.003, -0.002);
  std::vector<uint8_t> photo(100 * 75), valid(100 * 75);
  for (int row = 0; row < 75; ++row) {
    for (int column = 0; column < 100; ++column) {
      const auto ideal = undistort(lens, {(column + 0.5 - lens.cx) / lens.fx, (row + 0.5 - lens.cy) / lens.fy});
      photo[size_t(row * 100 + column)] = uint8_t(std::lround(128 + 100 * ideal[0]));
    }
  }
  const auto straight = apply_undistortion(undistortion_map(lens), photo, 1, valid);
  for (int row = 0; row < 75; ++row) {
    for (int column = 0; column < 100; ++column) {
      const auto pixel = size_t(row * 100 + column);
      if (valid[pixel]) {
        EXPECT_NEAR(straight[pixel], 128 + 100 * (column + 0.5 - lens.cx) / lens.fx, 1.1);
      }
    }
  }
  EXPECT_EQ(valid[37 * 100 + 50], 255);
}

TEST(Distortion, pincushion_leaves_an_empty_border) {
  std::vector<uint8_t> photo(100 * 75, 200), valid(100 * 75);
  const auto straight = apply_undistortion(undistortion_map(opencv_lens(0.3, 0, 0, 0)), photo, 1, valid);
  EXPECT_EQ(valid[0], 0);
  EXPECT_EQ(straight[0], 0);
  EXPECT_EQ(straight[37 * 100 + 50], 200);
}

TEST(Distortion, what_is_not_understood_is_refused_with_a_remedy) {
  const double parameters[] = {80, 82, 50, 37, 0, 0, 0, 0};
  const std::string fisheye = refusal_of([&] { make_lens(5, 100, 75, parameters, "cameras.bin: camera 1"); });
  EXPECT_NE(fisheye.find("cameras.bin: camera 1: camera model OPENCV_FISHEYE is not supported"), std::string::npos);
  EXPECT_NE(fisheye.find("SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL, OPENCV"), std::string::npos);
  EXPECT_NE(refusal_of([&] { make_lens(77, 100, 75, parameters, "c"); }).find("number 77"), std::string::npos);
  EXPECT_FALSE(refusal_of([&] { make_lens(1, 100, 75, std::span(parameters).first(3), "c"); }).empty());
  EXPECT_FALSE(refusal_of([&] { make_lens(4, 0, 75, parameters, "c"); }).empty());
  const double bad[] = {80, NAN, 50, 37};
  EXPECT_FALSE(refusal_of([&] { make_lens(1, 100, 75, bad, "c"); }).empty());
  const double negative[] = {-80, 80, 50, 37};
  EXPECT_FALSE(refusal_of([&] { make_lens(1, 100, 75, negative, "c"); }).empty());
}

}  // namespace
}  // namespace retort::field
