#include "distil/field/scene/synthetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "distil/field/scene/synthetic_solids.h"
#include "io/npy.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

using tests::TemporaryFolder;

SyntheticOptions small_options() { return {.views = 6, .width = 32, .height = 24, .points = 200, .supersampling = 1}; }

double agreement(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  size_t same = 0;
  for (size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
  return double(same) / double(a.size());
}

TEST(Synthetic, same_bits_for_any_number_of_threads_and_others_for_another_seed) {
  ThreadPool one(1), three(3);
  auto options = small_options();
  const auto a = make_synthetic_scene(options, one), b = make_synthetic_scene(options, three);
  options.seed = 1;
  const auto c = make_synthetic_scene(options, one);
  for (size_t view = 0; view < a.images.size(); ++view) {
    EXPECT_EQ(a.images[view].rgb.pixels, b.images[view].rgb.pixels);
    EXPECT_EQ(a.truth[view].depth, b.truth[view].depth);
    EXPECT_EQ(a.teacher_maps[view], b.teacher_maps[view]);
    EXPECT_NE(a.images[view].rgb.pixels, c.images[view].rgb.pixels);
    EXPECT_NE(a.teacher_maps[view], c.teacher_maps[view]);
  }
  EXPECT_EQ(a.scene.points.positions, b.scene.points.positions);
}

// The point seen at a pixel's depth lies on the surface of the labelled solid, or on the floor.
TEST(Synthetic, truth_fits_the_solids) {
  ThreadPool pool(1);
  const auto options = small_options();
  const auto scene = make_synthetic_scene(options, pool);
  const auto solids = place_solids(
      options.solids, RandomTree(uint64_t(options.seed)).child("synthetic scene").child("layout").generator());
  const auto& camera = scene.scene.views[1].camera;
  const auto& truth = scene.truth[1];
  const auto to_world = rigid_inverse(camera.world_to_camera);
  std::vector<int> seen(size_t(scene.classes()), 0);
  for (int y = 0; y < camera.height; ++y) {
    for (int x = 0; x < camera.width; ++x) {
      const auto pixel = size_t(y * camera.width + x);
      const double z = truth.depth[pixel];
      const double at[] = {(x + 0.5 - camera.cx) / camera.fx * z, (y + 0.5 - camera.cy) / camera.fy * z, z};
      double world[3];
      for (int row = 0; row < 3; ++row) {
        world[row] = to_world[4 * row] * at[0] + to_world[4 * row + 1] * at[1] + to_world[4 * row + 2] * at[2] +
                     to_world[4 * row + 3];
      }
      const int label = truth.labels[pixel];
      ++seen[size_t(label)];
      const double distance =
          label == 0 ? world[2] : solids[size_t(label - 1)].distance({world[0], world[1], world[2]});
      EXPECT_NEAR(distance, 0, 1e-5) << "label " << label;
      const float* n = &truth.normals[3 * pixel];
      EXPECT_NEAR(n[0] * n[0] + n[1] * n[1] + n[2] * n[2], 1, 1e-5);
      // Surfaces that are seen face the camera.
      const auto eye = camera.centre();
      EXPECT_GT(n[0] * (eye[0] - world[0]) + n[1] * (eye[1] - world[1]) + n[2] * (eye[2] - world[2]), -1e-3);
    }
  }
  for (const int count : seen) EXPECT_GT(count, 0);  // every class is in the picture
}

TEST(Synthetic, boxes_hold_their_solids_tightly) {
  for (const auto& solid : place_solids(8, RandomGenerator(5))) {
    const auto box = solid.box();
    double lowest[3] = {9, 9, 9}, highest[3] = {-9, -9, -9};
    constexpr int steps = 120;
    for (int i = 0; i < steps * steps * 4; ++i) {
      // Points just outside the box on a grid never lie inside the solid; points inside tell how tight the box is.
      const double u = double(i % steps) / (steps - 1) * 1.2 - 0.1,
                   v = double(i / steps % steps) / (steps - 1) * 1.2 - 0.1;
      for (int axis = 0; axis < 3; ++axis) {
        double p[3];
        for (int k = 0; k < 3; ++k) {
          const double share = k == axis ? (i / steps / steps) / 3.0 : k == (axis + 1) % 3 ? u : v;
          p[k] = box.low[size_t(k)] + share * (box.high[size_t(k)] - box.low[size_t(k)]);
        }
        if (solid.distance({p[0], p[1], p[2]}) > 0.012) continue;
        for (int k = 0; k < 3; ++k) {
          lowest[k] = std::min(lowest[k], p[k]);
          highest[k] = std::max(highest[k], p[k]);
        }
      }
    }
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(lowest[k], box.low[k], 0.05) << shape_name(solid.shape);
      EXPECT_NEAR(highest[k], box.high[k], 0.05) << shape_name(solid.shape);
    }
    EXPECT_NEAR(box.low[2], 0, 1e-12);
  }
}

TEST(Synthetic, class_directions_are_orthogonal_and_of_one_length) {
  ThreadPool pool(1);
  auto options = small_options();
  options.feature_dim = 10;
  const auto scene = make_synthetic_scene(options, pool);
  for (int a = 0; a < scene.classes(); ++a) {
    for (int b = 0; b < scene.classes(); ++b) {
      double product = 0;
      for (int c = 0; c < 10; ++c)
        product += scene.class_features[size_t(a * 10 + c)] * scene.class_features[size_t(b * 10 + c)];
      EXPECT_NEAR(product, a == b ? options.feature_norm * options.feature_norm : 0, 1e-6);
    }
  }
}

TEST(Synthetic, teachers_err_by_their_noise_and_differently_in_each_view) {
  ThreadPool pool(1);
  auto options = small_options();
  options.feature_downscale = 1;
  const auto noisy = make_synthetic_scene(options, pool);
  options.noise.feature_stddev = 0;
  const auto clean = make_synthetic_scene(options, pool);
  EXPECT_EQ(nearest_classes(clean.teacher_maps[0], clean.class_features, clean.feature_dim), clean.truth[0].labels);
  const double accuracy =
      agreement(nearest_classes(noisy.teacher_maps[0], noisy.class_features, noisy.feature_dim), noisy.truth[0].labels);
  EXPECT_GT(accuracy, 0.8);
  EXPECT_LT(accuracy, 0.97);
  double sum = 0, squares = 0, across = 0;
  const size_t count = clean.teacher_maps[0].size();
  for (size_t i = 0; i < count; ++i) {
    const double first = noisy.teacher_maps[0][i] - clean.teacher_maps[0][i];
    const double second = noisy.teacher_maps[1][i] - clean.teacher_maps[1][i];
    sum += first;
    squares += first * first;
    across += first * second;
  }
  EXPECT_NEAR(sum / double(count), 0, 0.01);
  EXPECT_NEAR(std::sqrt(squares / double(count)), 0.2, 0.01);
  EXPECT_NEAR(across / squares, 0, 0.03);
}

TEST(Synthetic, labels_at_map_size_are_the_majority) {
  ThreadPool pool(1);
  auto options = small_options();
  options.noise.feature_stddev = 0;
  const auto scene = make_synthetic_scene(options, pool);
  const auto labels = labels_at_map_size(scene, 2);
  ASSERT_EQ(labels.size(), size_t(16 * 12));
  // Without noise a map pixel is the mean of its directions: no class fits it better than the majority's.
  const auto& map = scene.teacher_maps[2];
  for (size_t pixel = 0; pixel < labels.size(); ++pixel) {
    std::vector<float> fit(size_t(scene.classes()), 0.0F);
    for (size_t k = 0; k < fit.size(); ++k) {
      for (size_t c = 0; c < 32; ++c) fit[k] += scene.class_features[k * 32 + c] * map[c * labels.size() + pixel];
    }
    EXPECT_GT(fit[labels[pixel]], *std::max_element(fit.begin(), fit.end()) - 1e-5F);
  }
}

TEST(Synthetic, points_lie_on_surfaces_unless_shaken) {
  ThreadPool pool(1);
  auto options = small_options();
  const auto scene = make_synthetic_scene(options, pool);
  ASSERT_EQ(scene.scene.points.size(), 200);
  ASSERT_EQ(scene.point_labels.size(), 200U);
  for (size_t i = 0; i < 200; ++i) {
    if (scene.point_labels[i] == 0) {
      EXPECT_NEAR(scene.scene.points.positions[3 * i + 2], 0, 1e-6);
      continue;
    }
    const auto& box = scene.boxes[size_t(scene.point_labels[i] - 1)];
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_GE(scene.scene.points.positions[3 * i + k], box.low[k] - 1e-4);
      EXPECT_LE(scene.scene.points.positions[3 * i + k], box.high[k] + 1e-4);
    }
  }
  options.noise.point_stddev = 0.1;
  options.noise.pixel_stddev = 5;
  const auto shaken = make_synthetic_scene(options, pool);
  EXPECT_NE(shaken.scene.points.positions, scene.scene.points.positions);
  EXPECT_NE(shaken.images[0].rgb.pixels, scene.images[0].rgb.pixels);
  EXPECT_EQ(shaken.teacher_maps, scene.teacher_maps);  // each noise has its own stream
}

TEST(Synthetic, options_that_do_not_fit_are_refused_together) {
  ThreadPool pool(1);
  auto options = small_options();
  options.feature_dim = 9;
  options.feature_downscale = 5;
  const std::string message = tests::refusal_of([&] { make_synthetic_scene(options, pool); });
  EXPECT_NE(message.find("feature_dim"), std::string::npos);
  EXPECT_NE(message.find("feature_downscale"), std::string::npos);
}

TEST(Synthetic, written_scene_loads_as_any_other) {
  ThreadPool pool(1);
  TemporaryFolder folder;
  const auto scene = make_synthetic_scene(small_options(), pool);
  write_synthetic_scene(folder.path(), scene);
  const auto loaded = load_scene({.path = folder.path().string()});
  ASSERT_EQ(loaded.views.size(), scene.scene.views.size());
  EXPECT_EQ(loaded.train, scene.scene.train);
  EXPECT_EQ(loaded.test, scene.scene.test);
  EXPECT_EQ(loaded.points.positions, scene.scene.points.positions);
  EXPECT_NEAR(loaded.extent.radius, scene.scene.extent.radius, 1e-9);
  for (size_t view = 0; view < loaded.views.size(); ++view) {
    EXPECT_EQ(load_view_image(loaded.views[view], {}).rgb.pixels, scene.images[view].rgb.pixels);
    EXPECT_EQ(io::read_image(folder / ("labels/" + loaded.views[view].name)).pixels, scene.truth[view].labels);
    for (size_t k = 0; k < 16; ++k) {
      EXPECT_NEAR(loaded.views[view].camera.world_to_camera[k], scene.scene.views[view].camera.world_to_camera[k],
                  1e-12);
    }
  }
  const auto map = io::read_npy(folder / "rgb_feature_langseg/view_003_fmap_32x12x16.npy");
  EXPECT_EQ(map.dtype, io::DType::f16);
  EXPECT_NEAR(map.to_floats()[77], scene.teacher_maps[3][77], 1e-3);
  EXPECT_EQ(io::read_npy(folder / "vocabulary/cone.npy").shape, std::vector<int64_t>{32});
}

}  // namespace
}  // namespace retort::field
