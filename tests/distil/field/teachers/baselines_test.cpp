#include "distil/field/teachers/baselines.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/feature_map.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

/// A camera at (x, 0, 0), turned about the vertical axis by `angle` radians.
Camera camera_at(double x, double angle = 0) {
  const double c = std::cos(angle), s = std::sin(angle);
  return camera_from_fov(8, 6, 1, 1, {c, 0, -s, -c * x, 0, 1, 0, 0, s, 0, c, -s * x, 0, 0, 0, 1});
}

TEST(Baselines, NearestCameraWeighsDistanceAndDirection) {
  const std::vector<Camera> candidates = {camera_at(0), camera_at(4), camera_at(8)};
  EXPECT_EQ(nearest_camera(camera_at(3.5), candidates), 1);
  EXPECT_EQ(nearest_camera(camera_at(2), candidates), 0) << "a tie goes to the first";
  // Half a unit nearer, but looking the other way.
  EXPECT_EQ(nearest_camera(camera_at(1, 0.1), {camera_at(1.5, 3), camera_at(0, 0.1)}), 1);
  EXPECT_EQ(nearest_camera(camera_at(0, 1), {camera_at(0, 0), camera_at(0, 0.9)}), 1) << "all in one place";
  EXPECT_THROW(nearest_camera(camera_at(0), {}), Fault);
}

TEST(Baselines, MapsComeFromTrainingViewsOnly) {
  const tests::TemporaryFolder folder;
  Scene scene;
  for (const double x : {0.0, 1.0, 4.0}) {
    View view;
    view.name = std::to_string(scene.views.size()) + ".png";
    view.camera = camera_at(x);
    scene.views.push_back(view);
  }
  scene.train = {0, 2};
  scene.test = {1};
  write_feature_map(folder.path(), "0", at::full({2, 6, 8}, 1), MapFormat::npy);
  write_feature_map(folder.path(), "1", at::full({2, 3, 4}, 5), MapFormat::npy);
  write_feature_map(folder.path(), "2", at::full({2, 6, 8}, 2), MapFormat::npy);
  const TeacherMaps maps(folder.path(), mapped_views(scene), {});
  EXPECT_TRUE(at::equal(nearest_view_map(maps, scene, 1), at::full({2, 3, 4}, 1.0F)));
  EXPECT_TRUE(at::equal(nearest_view_map(maps, scene, 0), at::full({2, 6, 8}, 2.0F))) << "never the view itself";
  const auto mean = mean_feature(maps, scene);
  EXPECT_TRUE(at::equal(mean, at::full({2}, 1.5F)));
  EXPECT_TRUE(at::equal(constant_map(maps, mean, 1), at::full({2, 3, 4}, 1.5F)));
}

}  // namespace
}  // namespace retort::field
