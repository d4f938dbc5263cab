// First points from depth files lie on the surfaces that the photos show.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "distil/field/camera/undistortion.h"
#include "distil/field/scene/initial_points.h"
#include "distil/field/scene/synthetic.h"
#include "io/atomic_file.h"
#include "support/grey16_png.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

using tests::grey16_png;
using tests::TemporaryFolder;

SyntheticScene depth_scene(double depth_scale, const TemporaryFolder& folder) {
  ThreadPool pool(1);
  auto scene = make_synthetic_scene({.views = 6, .width = 48, .height = 36}, pool);
  write_synthetic_scene(folder.path(), scene);
  std::filesystem::create_directories(folder / "depth");
  for (size_t i = 0; i < scene.scene.views.size(); ++i) {
    auto& view = scene.scene.views[i];
    std::vector<uint16_t> steps;
    for (const float z : scene.truth[i].depth) steps.push_back(uint16_t(std::lround(double(z) / depth_scale)));
    steps[0] = 0;
    steps[1] = UINT16_MAX;
    view.image = folder / "images" / view.name;
    view.depth = folder / "depth" / (view.stem() + ".png");
    io::write_whole_file(view.depth, grey16_png(48, 36, steps));
    const auto& camera = view.camera;
    view.lens = make_lens(int(LensModel::pinhole), camera.width, camera.height,
                          std::array{camera.fx, camera.fy, camera.cx, camera.cy}, "view");
  }
  return scene;
}

// Camera z of a point, and the pixel where it is seen; z <= 0: behind.
struct Seen {
  double z, x, y;
};
Seen seen_by(const Camera& camera, const float* point) {
  std::array<double, 3> local{};
  for (size_t row = 0; row < 3; ++row) {
    const double* m = &camera.world_to_camera[4 * row];
    local[row] = m[0] * point[0] + m[1] * point[1] + m[2] * point[2] + m[3];
  }
  return {local[2], local[0] / local[2] * camera.fx + camera.cx, local[1] / local[2] * camera.fy + camera.cy};
}

TEST(DepthPoints, lie_on_the_surfaces_with_the_photos_colours) {
  TemporaryFolder folder;
  auto scene = depth_scene(1e-3, folder);
  scene.scene.train = {2};
  scene.scene.test = {};
  const int64_t pixels = 48 * 36;
  const auto cloud = points_from_depth(scene.scene, 1e-3, pixels);
  EXPECT_GT(cloud.size(), pixels / 2);  // some share a cell
  EXPECT_LE(cloud.size(), pixels - 2);
  const auto& camera = scene.scene.views[2].camera;
  int right_depth = 0, right_colour = 0;
  for (int64_t i = 0; i < cloud.size(); ++i) {
    const auto at = seen_by(camera, &cloud.positions[size_t(3 * i)]);
    ASSERT_GT(at.z, 0);
    ASSERT_TRUE(at.x > 0 && at.y > 0 && at.x < 48 && at.y < 36);
    const auto pixel = size_t(int(at.y) * 48 + int(at.x));
    right_depth += std::abs(at.z - double(scene.truth[2].depth[pixel])) < 0.1;
    int worst = 0;
    for (size_t channel = 0; channel < 3; ++channel) {
      worst = std::max(worst, std::abs(int(cloud.colours[size_t(3 * i) + channel]) -
                                       int(scene.images[2].rgb.pixels[3 * pixel + channel])));
    }
    right_colour += worst <= 40;
  }
  // Means over a cell at an edge lie between two surfaces.
  EXPECT_GT(right_depth, 0.97 * double(cloud.size()));
  EXPECT_GT(right_colour, 0.9 * double(cloud.size()));
}

TEST(DepthPoints, depth_scale_is_a_step_in_world_units) {
  TemporaryFolder folder;
  auto scene = depth_scene(2e-3, folder);
  scene.scene.train = {0, 1, 2, 3, 4, 5};
  // All six views see the same floor z = 0; a wrong scale would bend it.
  const auto cloud = points_from_depth(scene.scene, 2e-3, 2000);
  EXPECT_LE(cloud.size(), 2000);
  int on_floor = 0, below = 0;
  for (int64_t i = 0; i < cloud.size(); ++i) {
    const float z = cloud.positions[size_t(3 * i + 2)];
    on_floor += std::abs(z) < 0.02F;
    below += z < -0.05F;
  }
  EXPECT_GT(on_floor, cloud.size() / 3);
  EXPECT_EQ(below, 0);
}

// The depth of a fisheye photo lies along the lens's rays; the points lie where an ideal camera would have put them.
TEST(DepthPoints, follow_the_rays_of_a_fisheye) {
  TemporaryFolder folder;
  auto scene = depth_scene(1e-3, folder);
  scene.scene.train = {0};
  auto& view = scene.scene.views[0];
  io::write_whole_file(view.depth, grey16_png(48, 36, std::vector<uint16_t>(48 * 36, 2000)));
  view.lens = make_lens(int(LensModel::simple_fisheye), 48, 36, std::array{20.0, 24.0, 18.0}, "view");
  view.camera = ideal_pinhole(view.lens, view.camera.world_to_camera);
  const auto cloud = points_from_depth(scene.scene, 1e-3, 48 * 36);
  double widest = 0;
  for (int64_t i = 0; i < cloud.size(); ++i) {
    const auto at = seen_by(view.camera, &cloud.positions[size_t(3 * i)]);
    EXPECT_NEAR(at.z, 2, 1e-4);
    EXPECT_TRUE(at.x >= 0 && at.y >= 0 && at.x <= 48 && at.y <= 36);
    widest = std::max(widest, std::abs((at.x - view.camera.cx) / view.camera.fx));
  }
  // The farthest ray that the picture shows: a pixel's centre, at most 55 degrees off.
  EXPECT_GT(widest, std::tan(50 * std::numbers::pi / 180));
}

TEST(DepthPoints, files_without_a_depth_are_refused) {
  TemporaryFolder folder;
  auto scene = depth_scene(1e-3, folder);
  scene.scene.train = {0};
  io::write_whole_file(scene.scene.views[0].depth, grey16_png(48, 36, std::vector<uint16_t>(48 * 36, 0)));
  EXPECT_NE(tests::refusal_of([&] { points_from_depth(scene.scene, 1e-3, 100); }).find("no pixel"), std::string::npos);
}

}  // namespace
}  // namespace retort::field
