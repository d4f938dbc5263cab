#include "distil/field/camera/path.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/errors.h"

namespace retort::field {
namespace {

Camera turned(double angle, double x) {
  // A turn about y with the centre at (x, 0, 0): t = -R c.
  const double c = std::cos(angle), s = std::sin(angle);
  return {.width = 8,
          .height = 6,
          .fx = 5,
          .fy = 5,
          .cx = 4,
          .cy = 3,
          .world_to_camera = {c, 0, s, -c * x, 0, 1, 0, 0, -s, 0, c, s * x, 0, 0, 0, 1}};
}

TEST(CameraPath, MeetsItsKeysAndStaysARotation) {
  const auto path = camera_path({turned(0, 0), turned(1, 2), turned(-2, 3)}, 9);
  ASSERT_EQ(path.size(), 9u);
  for (const auto& [frame, key] : {std::pair{0, turned(0, 0)}, {4, turned(1, 2)}, {8, turned(-2, 3)}}) {
    for (int entry = 0; entry < 16; ++entry) {
      EXPECT_NEAR(path[frame].world_to_camera[entry], key.world_to_camera[entry], 1e-9) << frame << " " << entry;
    }
  }
  for (const auto& camera : path) {
    const auto& m = camera.world_to_camera;
    for (int row = 0; row < 3; ++row) {
      EXPECT_NEAR(m[4 * row] * m[4 * row] + m[4 * row + 1] * m[4 * row + 1] + m[4 * row + 2] * m[4 * row + 2], 1,
                  1e-12);
    }
  }
  EXPECT_NEAR(path[2].centre()[0], 1, 1e-12);
}

TEST(CameraPath, OneKeyStandsStill) {
  EXPECT_EQ(camera_path({turned(0.3, 1)}, 3).size(), 3u);
  EXPECT_THROW(camera_path({}, 3), Fault);
}

// Four views on a circle of radius 3 at height 1 (y points down), all looking at the origin.
std::vector<Camera> ring() {
  std::vector<Camera> views;
  for (int index = 0; index < 4; ++index) {
    const double angle = std::numbers::pi / 2 * index, c = std::cos(angle), s = std::sin(angle), n = std::sqrt(10.0);
    const Vector3 centre = {3 * c, -1, 3 * s}, z = {-3 * c / n, 1 / n, -3 * s / n}, x = {-s, 0, c};
    const Vector3 y = {z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0]};
    Camera view = turned(0, 0);
    int row = 0;
    for (const auto& axis : {x, y, z}) {
      double shift = 0;
      for (int column = 0; column < 3; ++column) {
        view.world_to_camera[4 * row + column] = axis[column];
        shift -= axis[column] * centre[column];
      }
      view.world_to_camera[4 * row++ + 3] = shift;
    }
    views.push_back(view);
  }
  return views;
}

// Where the world's origin falls in the image, from the middle, and how deep.
Vector3 origin_in(const Camera& camera) {
  const auto& m = camera.world_to_camera;
  return {m[3], m[7], m[11]};
}

TEST(OrbitPath, PassesThroughARingOfViews) {
  const auto views = ring();
  const auto path = orbit_path(views, 8);
  ASSERT_EQ(path.size(), 8u);
  for (const auto& camera : path) {
    EXPECT_NEAR(origin_in(camera)[0], 0, 1e-9);
    EXPECT_NEAR(origin_in(camera)[1], 0, 1e-9);
    EXPECT_NEAR(origin_in(camera)[2], std::sqrt(10.0), 1e-9);
    EXPECT_NEAR(camera.centre()[1], -1, 1e-9);
  }
  for (int entry = 0; entry < 16; ++entry) {
    EXPECT_NEAR(path[0].world_to_camera[entry], views[0].world_to_camera[entry], 1e-9) << entry;
  }
}

TEST(OrbitPath, TakesViewsThatNeverMeet) {
  for (const auto& camera : orbit_path({turned(0, 0), turned(0, 1)}, 5)) {
    for (const double entry : camera.world_to_camera) EXPECT_TRUE(std::isfinite(entry));
  }
}

TEST(SpiralPath, LooksForwardWhenTheViewsPointApart) {
  for (const auto& camera : spiral_path({turned(0.3, -1), turned(-0.3, 1)}, 5)) {
    EXPECT_GT(camera.world_to_camera[10], 0);
  }
}

TEST(SpiralPath, LooksAtWhatTheViewsLookAt) {
  // Three views side by side, turned towards (0, 0, 2).
  const auto path = spiral_path({turned(-std::atan(0.5), -1), turned(0, 0), turned(std::atan(0.5), 1)}, 12);
  ASSERT_EQ(path.size(), 12u);
  for (const auto& camera : path) {
    const auto& m = camera.world_to_camera;
    EXPECT_NEAR(m[2] * 2 + m[3], 0, 1e-9);
    EXPECT_NEAR(m[6] * 2 + m[7], 0, 1e-9);
    EXPECT_GT(m[10] * 2 + m[11], 1);
  }
  EXPECT_NEAR(path[0].centre()[0], 1, 1e-9);
}
}  // namespace
}  // namespace retort::field
