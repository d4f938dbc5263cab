#include "distil/field/camera/path.h"

#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace retort::field
