#include "distil/field/camera/distortion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace retort::field {
namespace {

Lens lens_of(LensModel model, const std::vector<double>& terms) {
  std::vector<double> parameters = {80, 82, 50, 37};
  if (lens_parameter_count(int(model)) == int(terms.size()) + 3) parameters.erase(parameters.begin());
  parameters.insert(parameters.end(), terms.begin(), terms.end());
  return make_lens(int(model), 100, 75, parameters, "camera");
}

std::vector<Lens> lenses() {
  return {lens_of(LensModel::opencv, {0.1, 0.05, 0.01, -0.02}),
          lens_of(LensModel::opencv, {-0.25, 0.06, 0, 0}),
          lens_of(LensModel::radial, {-0.1, 0.01}),
          lens_of(LensModel::full_opencv, {0.2, -0.05, 0.004, -0.003, 0.01, 0.1, 0.02, 0.003}),
          lens_of(LensModel::fov, {0.9}),
          lens_of(LensModel::fov, {1e-7}),
          lens_of(LensModel::simple_fisheye, {}),
          lens_of(LensModel::simple_radial_fisheye, {-0.05}),
          lens_of(LensModel::radial_fisheye, {0.03, -0.01}),
          lens_of(LensModel::opencv_fisheye, {-0.02, 0.01, -0.004, 0.0005}),
          lens_of(LensModel::thin_prism_fisheye, {0.02, -0.01, 0.002, -0.003, 0.001, -0.0005, 0.004, -0.002})};
}

// x = 0.3, y = -0.2: r2 = 0.13; radial = 1 + 0.1 * 0.13 + 0.05 * 0.0169 = 1.013845.
TEST(Distortion, formula_of_opencv) {
  const auto distorted = Distortion(lens_of(LensModel::opencv, {0.1, 0.05, 0.01, -0.02})).distort({0.3, -0.2});
  EXPECT_NEAR(distorted[0], 0.3 * 1.013845 + 2 * 0.01 * -0.06 - 0.02 * (0.13 + 0.18), 1e-12);
  EXPECT_NEAR(distorted[1], -0.2 * 1.013845 + 0.01 * (0.13 + 0.08) + 2 * -0.02 * -0.06, 1e-12);
}

TEST(Distortion, formula_of_full_opencv) {
  const double s = 0.13;
  const double radial =
      (1 + 0.2 * s - 0.05 * s * s + 0.01 * s * s * s) / (1 + 0.1 * s + 0.02 * s * s + 0.3 * s * s * s);
  const auto lens = lens_of(LensModel::full_opencv, {0.2, -0.05, 0.01, -0.02, 0.01, 0.1, 0.02, 0.3});
  const auto distorted = Distortion(lens).distort({0.3, -0.2});
  EXPECT_NEAR(distorted[0], 0.3 * radial + 2 * 0.01 * -0.06 - 0.02 * (0.13 + 0.18), 1e-12);
  EXPECT_NEAR(distorted[1], -0.2 * radial + 0.01 * (0.13 + 0.08) + 2 * -0.02 * -0.06, 1e-12);
}

// A ray 1 radian off the axis, in the direction (0.6, 0.8): theta_d = 1 + k1 + k2 + k3 + k4.
TEST(Distortion, formula_of_fisheyes) {
  const std::array<double, 2> ray = {0.6 * std::tan(1.0), 0.8 * std::tan(1.0)};
  const auto radius = [&](LensModel model, const std::vector<double>& terms) {
    const auto p = Distortion(lens_of(model, terms)).distort(ray);
    EXPECT_NEAR(p[0] * 0.8, p[1] * 0.6, 1e-12);
    return std::hypot(p[0], p[1]);
  };
  EXPECT_NEAR(radius(LensModel::fisheye, {}), 1, 1e-12);
  EXPECT_NEAR(radius(LensModel::simple_radial_fisheye, {0.1}), 1.1, 1e-12);
  EXPECT_NEAR(radius(LensModel::radial_fisheye, {0.1, -0.03}), 1.07, 1e-12);
  EXPECT_NEAR(radius(LensModel::opencv_fisheye, {0.1, -0.03, 0.02, -0.04}), 1.05, 1e-12);
  // u = 0.6, v = 0.8, s = 1.
  const auto prism =
      Distortion(lens_of(LensModel::thin_prism_fisheye, {0.1, -0.03, 0.01, 0.02, 0.02, -0.04, 0.03, 0.05}))
          .distort(ray);
  EXPECT_NEAR(prism[0], 0.6 * 1.05 + 2 * 0.01 * 0.48 + 0.02 * (1 + 0.72) + 0.03, 1e-12);
  EXPECT_NEAR(prism[1], 0.8 * 1.05 + 0.01 * (1 + 1.28) + 2 * 0.02 * 0.48 + 0.05, 1e-12);
}

TEST(Distortion, formula_of_fov) {
  const auto p = Distortion(lens_of(LensModel::fov, {0.9})).distort({0.3, 0.4});
  EXPECT_NEAR(std::hypot(p[0], p[1]), std::atan(2 * 0.5 * std::tan(0.45)) / 0.9, 1e-12);
  EXPECT_NEAR(p[0] / p[1], 0.75, 1e-12);
}

// All over the field of view, up to a hair before 90 degrees for those that see it.
TEST(Distortion, undistort_inverts_distort) {
  for (const auto& lens : lenses()) {
    const Distortion distortion(lens);
    const double farthest = lens.fisheye() || lens.omega > 0.1 ? 89 * std::numbers::pi / 180 : std::atan(0.7);
    for (double angle = 0; angle <= farthest; angle += farthest / 40) {
      for (double turn = 0; turn < 6.28; turn += 0.7) {
        const double r = std::tan(angle), x = r * std::cos(turn), y = r * std::sin(turn);
        if (!distortion.at({x, y}).valid) continue;
        const auto back = distortion.undistort(distortion.distort({x, y}));
        EXPECT_NEAR(back[0], x, 1e-8 * (1 + r * r)) << lens_model_name(int(lens.model)) << " " << angle;
        EXPECT_NEAR(back[1], y, 1e-8 * (1 + r * r));
      }
    }
    EXPECT_TRUE(distortion.at({0.5, 0.3}).valid) << lens_model_name(int(lens.model));
  }
}

TEST(Distortion, derivatives_are_those_of_finite_differences) {
  constexpr double step = 1e-6;
  for (const auto& lens : lenses()) {
    const Distortion distortion(lens);
    for (const auto& [x, y] : {std::array{0.0, 0.0}, std::array{0.004, -0.003}, std::array{0.4, 0.3},
                               std::array{-0.6, 0.2}, std::array{1.1, -0.4}}) {
      const auto at = distortion.at({x, y});
      const auto right = distortion.distort({x + step, y}), left = distortion.distort({x - step, y});
      const auto below = distortion.distort({x, y + step}), above = distortion.distort({x, y - step});
      EXPECT_NEAR(at.dx_dx, (right[0] - left[0]) / (2 * step), 1e-8) << lens_model_name(int(lens.model));
      EXPECT_NEAR(at.dy_dx, (right[1] - left[1]) / (2 * step), 1e-8) << lens_model_name(int(lens.model));
      EXPECT_NEAR(at.dx_dy, (below[0] - above[0]) / (2 * step), 1e-8) << lens_model_name(int(lens.model));
      EXPECT_NEAR(at.dy_dy, (below[1] - above[1]) / (2 * step), 1e-8) << lens_model_name(int(lens.model));
    }
  }
}

TEST(Distortion, the_radius_grows_up_to_the_fold) {
  for (const auto& lens : lenses()) {
    Lens radial = lens;
    radial.p1 = radial.p2 = radial.sx1 = radial.sy1 = 0;
    const Distortion distortion(radial);
    double before = 0;
    for (double r = 0.01; r < std::min(distortion.ideal_reach(), 50.0); r *= 1.05) {
      const auto p = distortion.at({0, r});
      EXPECT_TRUE(p.valid);
      EXPECT_GT(p.y, before);
      before = p.y;
    }
    EXPECT_LE(before, distortion.distorted_reach());
  }
}

TEST(Distortion, behind_the_fold_there_is_nothing) {
  // Turns back at r = 1 / sqrt(3), where the distorted radius is 0.385.
  const Distortion distortion(lens_of(LensModel::opencv, {-1, 0, 0, 0}));
  EXPECT_TRUE(std::isnan(distortion.undistort({0.5, 0})[0]));
  EXPECT_FALSE(std::isnan(distortion.undistort({0.38, 0})[0]));
  EXPECT_NEAR(distortion.ideal_reach(), 1 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(distortion.distorted_reach(), 2 / std::sqrt(27.0), 1e-6);
  EXPECT_FALSE(distortion.at({0.6, 0}).valid);
  EXPECT_FALSE(distortion.at({1.7, 0}).valid);  // unfolded again, on the other side
  // Turns back at theta = 1, where theta_d is 2 / 3.
  const Distortion fisheye(lens_of(LensModel::simple_radial_fisheye, {-1.0 / 3}));
  EXPECT_NEAR(fisheye.ideal_reach(), std::tan(1), 1e-9);
  EXPECT_NEAR(fisheye.distorted_reach(), 2.0 / 3, 1e-6);
  // A pole at r = 1: nothing from behind it, and the reach is beyond every photo.
  const Distortion pole(lens_of(LensModel::full_opencv, {0, 0, 0, 0, 0, -1, 0, 0}));
  EXPECT_NEAR(pole.ideal_reach(), 1, 1e-9);
  EXPECT_GT(pole.distorted_reach(), 1e3);
  EXPECT_FALSE(pole.at({1.2, 0}).valid);
}

TEST(Distortion, rays_at_90_degrees_and_beyond_are_nowhere_in_a_plane_picture) {
  const Distortion fisheye(lens_of(LensModel::simple_fisheye, {}));
  EXPECT_FALSE(std::isnan(fisheye.undistort({1.5, 0})[0]));  // 86 degrees
  EXPECT_TRUE(std::isnan(fisheye.undistort({std::numbers::pi / 2, 0})[0]));
  EXPECT_TRUE(std::isnan(fisheye.undistort({0, 2.0})[1]));
  const Distortion fov(lens_of(LensModel::fov, {0.9}));
  EXPECT_TRUE(std::isnan(fov.undistort({0, std::numbers::pi / 2 / 0.9})[1]));
}

}  // namespace
}  // namespace retort::field
