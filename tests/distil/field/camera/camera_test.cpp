#include "distil/field/camera/camera.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "distil/field/camera/extent.h"

namespace retort::field {
namespace {

TEST(Camera, fields_of_view_and_back) {
  const auto camera = camera_from_fov(640, 480, 1.1, 0.8, Camera{}.world_to_camera);
  EXPECT_NEAR(camera.fov_x(), 1.1, 1e-12);
  EXPECT_NEAR(camera.fov_y(), 0.8, 1e-12);
  EXPECT_EQ(camera.cx, 320);
  EXPECT_EQ(camera.cy, 240);
}

TEST(Camera, sides_are_resized_apart) {
  const Camera camera{.width = 100, .height = 50, .fx = 80, .fy = 90, .cx = 51, .cy = 24};
  const auto small = resized(camera, 50, 10);
  EXPECT_EQ(small.fx, 40);
  EXPECT_EQ(small.fy, 18);
  EXPECT_EQ(small.cx, 25.5);
  EXPECT_DOUBLE_EQ(small.cy, 4.8);
}

TEST(Camera, centre_is_where_the_world_maps_to_zero) {
  // A quarter turn about z, then a shift.
  const Matrix4 pose = {0, -1, 0, 3, 1, 0, 0, 4, 0, 0, 1, 5, 0, 0, 0, 1};
  const auto centre = Camera{.world_to_camera = pose}.centre();
  for (int row = 0; row < 3; ++row) {
    double mapped = pose[4 * row + 3];
    for (int axis = 0; axis < 3; ++axis) mapped += pose[4 * row + axis] * centre[axis];
    EXPECT_NEAR(mapped, 0, 1e-12);
  }
}

TEST(SceneExtent, radius_reaches_past_the_farthest_camera) {
  const Vector3 centres[] = {{0, 0, 0}, {4, 0, 0}, {2, 3, 0}, {2, -3, 0}};
  const auto extent = scene_extent(centres);
  EXPECT_NEAR(extent.radius, 3.3, 1e-12);
  EXPECT_EQ(extent.translate, (Vector3{-2, 0, 0}));
  EXPECT_EQ(scene_extent(std::span(centres).first(1)).radius, 0);
  EXPECT_THROW(scene_extent({}), Fault);
}

}  // namespace
}  // namespace retort::field
