// One scene written in every layout must come back with the same cameras.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/scene/initial_points.h"
#include "distil/field/scene/scene_format.h"
#include "distil/field/scene/synthetic.h"
#include "distil/field/scene/transforms.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/ply.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

using nlohmann::json;
using tests::refusal_of;
using tests::TemporaryFolder;

SyntheticScene small_scene() {
  SyntheticOptions options;
  options.views = 6;
  options.width = 32;
  options.height = 24;
  ThreadPool pool(1);
  return make_synthetic_scene(options, pool);
}

// Camera to world in COLMAP's axes.
Matrix4 camera_to_world(const View& view) { return rigid_inverse(view.camera.world_to_camera); }

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

void write_photos(const std::filesystem::path& folder, const SyntheticScene& scene) {
  std::filesystem::create_directories(folder);
  for (size_t i = 0; i < scene.images.size(); ++i)
    io::write_png(folder / scene.scene.views[i].name, scene.images[i].rgb);
}

json transform_matrix(const View& view) {
  const auto m = camera_to_world(view);
  json rows = json::array();
  for (size_t row = 0; row < 4; ++row) {
    // OpenGL's y and z point the other way.
    rows.push_back({m[4 * row], -m[4 * row + 1], -m[4 * row + 2], m[4 * row + 3]});
  }
  return rows;
}

json transforms_of(const SyntheticScene& scene, const std::string& folder, bool with_ending) {
  const auto& camera = scene.scene.views[0].camera;
  json document = {{"camera_angle_x", camera.fov_x()}, {"frames", json::array()}};
  for (const auto& view : scene.scene.views) {
    document["frames"].push_back({{"file_path", "./" + folder + (with_ending ? view.name : view.stem())},
                                  {"transform_matrix", transform_matrix(view)}});
  }
  return document;
}

void expect_same_cameras(const Scene& loaded, const SyntheticScene& scene) {
  ASSERT_EQ(loaded.views.size(), scene.scene.views.size());
  for (size_t i = 0; i < loaded.views.size(); ++i) {
    const auto &a = loaded.views[i].camera, &b = scene.scene.views[i].camera;
    EXPECT_EQ(a.width, b.width);
    EXPECT_NEAR(a.fx, b.fx, 1e-6);
    EXPECT_NEAR(a.fy, b.fy, 1e-6);
    EXPECT_NEAR(a.cx, b.cx, 1e-6);
    for (size_t entry = 0; entry < 16; ++entry) {
      EXPECT_NEAR(a.world_to_camera[entry], b.world_to_camera[entry], 1e-6) << i << " " << entry;
    }
  }
}

TEST(SceneFormats, TransformsGiveTheSameCameras) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  write_photos(folder / "images", scene);
  write_text(folder / "transforms.json", transforms_of(scene, "images/", true).dump());
  const auto loaded = load_scene({.path = folder.path().string()});
  EXPECT_EQ(loaded.format, "transforms");
  expect_same_cameras(loaded, scene);
  EXPECT_EQ(loaded.views[0].name, scene.scene.views[0].name);  // teacher maps are found as for a COLMAP scene
  EXPECT_EQ(loaded.points.size(), 100'000);
}

TEST(SceneFormats, BlendersTestFramesAreHeldOut) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  write_photos(folder / "train", scene);
  write_photos(folder / "test", scene);
  auto train = transforms_of(scene, "train/", false), test = transforms_of(scene, "test/", false);
  test["frames"] = json::array({test["frames"][0]});
  write_text(folder / "transforms_train.json", train.dump());
  write_text(folder / "transforms_test.json", test.dump());
  const auto loaded = load_scene({.path = folder.path().string(), .random_points = 500});
  ASSERT_EQ(loaded.views.size(), 7u);
  ASSERT_EQ(loaded.test.size(), 1u);
  EXPECT_EQ(loaded.views[size_t(loaded.test[0])].name, "test/" + scene.scene.views[0].name);
  ASSERT_EQ(loaded.points.size(), 500);
  for (const float value : loaded.points.positions) EXPECT_LE(std::abs(value), 1.3f);
}

TEST(SceneFormats, LlffGivesTheSameCamerasAndMasks) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  write_photos(folder / "images_4", scene);
  write_photos(folder / "masks_4", scene);
  std::vector<float> rows;
  for (const auto& view : scene.scene.views) {
    const auto m = camera_to_world(view);
    const std::array<double, 3> last = {4.0 * view.camera.height, 4.0 * view.camera.width, 4.0 * view.camera.fx};
    for (size_t row = 0; row < 3; ++row) {
      // Axes down, right, back.
      for (const double value : {m[4 * row + 1], m[4 * row], -m[4 * row + 2], m[4 * row + 3], last[row]}) {
        rows.push_back(float(value));
      }
    }
    rows.insert(rows.end(), {0.5f, 9.f});
  }
  io::write_npy(folder / "poses_bounds.npy", io::make_array({6, 17}, std::span<const float>(rows)));
  const auto loaded = load_scene({.path = folder.path().string()});
  EXPECT_EQ(loaded.format, "llff");
  ASSERT_EQ(loaded.views.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    for (size_t entry = 0; entry < 16; ++entry) {
      EXPECT_NEAR(loaded.views[i].camera.world_to_camera[entry], scene.scene.views[i].camera.world_to_camera[entry],
                  1e-5);
    }
  }
  EXPECT_NEAR(loaded.views[0].camera.fx, scene.scene.views[0].camera.fx, 1e-4);
  EXPECT_EQ(loaded.views[0].mask.parent_path().filename(), "masks_4");
  EXPECT_FLOAT_EQ(loaded.views[0].far, 9);
  for (const char* named : {"images_4", "images_4/", "./images_4"}) {
    const auto same = load_scene({.path = folder.path().string(), .images = named});
    EXPECT_EQ(same.views[0].mask, loaded.views[0].mask) << named;
  }
  rows.pop_back();
  rows.resize(5 * 17);
  io::write_npy(folder / "poses_bounds.npy", io::make_array({5, 17}, std::span<const float>(rows)));
  EXPECT_NE(refusal_of([&] { load_scene({.path = folder.path().string()}); }).find("5 rows, but 6 photos"),
            std::string::npos);
}

TEST(SceneFormats, RgbdGivesTheSameCameras) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  const auto& camera = scene.scene.views[0].camera;
  write_text(folder / "camera-intrinsics.txt",
             fmt::format("{} 0 {}\n0 {} {}\n0 0 1\n", camera.fx, camera.cx, camera.fy, camera.cy));
  for (size_t i = 0; i < scene.images.size(); ++i) {
    const auto m = camera_to_world(scene.scene.views[i]);
    std::string text;
    for (size_t entry = 0; entry < 16; ++entry) text += fmt::format("{}{}", m[entry], entry % 4 == 3 ? "\n" : "\t");
    write_text(folder / fmt::format("frame-{:06}.pose.txt", i), text);
    io::write_png(folder / fmt::format("frame-{:06}.color.png", i), scene.images[i].rgb);
  }
  const auto loaded = load_scene({.path = folder.path().string(), .random_points = 100});
  EXPECT_EQ(loaded.format, "rgbd");
  expect_same_cameras(loaded, scene);
  EXPECT_EQ(loaded.test, (std::vector<int>{0, 5}));
}

TEST(SceneFormats, WhatIsLookedForIsSaid) {
  TemporaryFolder folder;
  const auto message = refusal_of([&] { load_scene({.path = folder.path().string()}); });
  for (const char* part : {"sparse/0", "transforms.json", "poses_bounds.npy", "camera-intrinsics.txt"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST(InitialPoints, LargeCloudsAreThinnedAlwaysTheSame) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  write_synthetic_scene(folder.path(), scene);
  const auto all = load_scene({.path = folder.path().string()});
  const auto some = load_scene({.path = folder.path().string(), .max_points = 50});
  const auto again = load_scene({.path = folder.path().string(), .max_points = 50});
  EXPECT_GT(all.points.size(), 50);
  EXPECT_EQ(some.points.size(), 50);
  EXPECT_EQ(some.points.positions, again.points.positions);
  ASSERT_EQ(some.notes.size(), 1u);
  EXPECT_NE(some.notes[0].find("50 of "), std::string::npos);
}

TEST(InitialPoints, RandomOnesFillTheCamerasBall) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  write_synthetic_scene(folder.path(), scene);
  const auto loaded =
      load_scene({.path = folder.path().string(), .points = PointSource::random, .random_points = 2000});
  const double radius = 1.5 * loaded.extent.radius / 1.1;
  double farthest = 0;
  for (size_t point = 0; point < 2000; ++point) {
    double square = 0;
    for (size_t axis = 0; axis < 3; ++axis) {
      const double offset = double(loaded.points.positions[3 * point + axis]) + loaded.extent.translate[axis];
      square += offset * offset;
    }
    farthest = std::max(farthest, std::sqrt(square));
  }
  EXPECT_LE(farthest, radius * (1 + 1e-5));
  EXPECT_GT(farthest, 0.95 * radius);
}

TEST(InitialPoints, PointFilesAreRead) {
  TemporaryFolder folder;
  write_text(
      folder / "points.ply",
      "ply\nformat ascii 1.0\nelement vertex 2\nproperty double x\nproperty float y\nproperty float z\n"
      "property uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n1 2 3 10 20 30\n-1 0 0 0 0 255\n");
  write_synthetic_scene(folder.path(), small_scene());
  EXPECT_EQ(load_scene({.path = folder.path().string(), .points_file = "points.ply"}).points.size(), 2);
  const auto cloud = read_point_file(folder / "points.ply");
  EXPECT_EQ(cloud.positions, (std::vector<float>{1, 2, 3, -1, 0, 0}));
  EXPECT_EQ(cloud.colours, (std::vector<uint8_t>{10, 20, 30, 0, 0, 255}));
}

TEST(Transforms, WrongFilesAreRefusedWithThePlace) {
  const auto refused = [](const std::string& text) {
    return refusal_of([&] { parse_transforms(io::parse_json(text, "t.json"), "t.json"); });
  };
  EXPECT_NE(refused("[]").find("no list 'frames'"), std::string::npos);
  EXPECT_NE(refused(R"({"frames": [{}]})").find("frame 0: no 'file_path'"), std::string::npos);
  EXPECT_NE(refused(R"({"frames": [{"file_path": "../../etc/passwd"}]})").find("does not stay inside"),
            std::string::npos);
  EXPECT_NE(refused(R"({"frames": [{"file_path": "a.png", "transform_matrix": [[1, 0]]}]})").find("is not 4x4 numbers"),
            std::string::npos);
  EXPECT_NE(refused(R"({"frames": [{"file_path": "a.png",
      "transform_matrix": [[2,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}]})")
                .find("no rotation"),
            std::string::npos);
  EXPECT_NE(refused(R"({"camera_model": "EQUIRECTANGULAR", "frames": []})").find("undistort the photos first"),
            std::string::npos);
  EXPECT_NE(refused(R"({"is_fisheye": 2, "frames": []})").find("neither true nor false"), std::string::npos);
  EXPECT_NE(refused(R"({"depth_unit_scale_factor": 0, "frames": []})").find("must be positive"), std::string::npos);
  EXPECT_NE(refused(R"({"depth_unit_scale_factor": "mm", "frames": []})").find("is not a number"), std::string::npos);
}

TEST(Transforms, LensesOfNerfstudioAndInstantNgp) {
  const auto lens_of = [](const std::string& said) {
    const auto text = R"({"fl_x": 80, "k1": 0.01, "k2": -0.02, )" + said +
                      R"("frames": [{"file_path": "a.png",
      "transform_matrix": [[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}]})";
    const auto transforms = parse_transforms(io::parse_json(text, "t.json"), "t.json");
    return transforms_lens(transforms.frames.at(0).intrinsics, 100, 50, "t.json");
  };
  for (const char* said : {R"("camera_model": "OPENCV_FISHEYE", "k3": 0.03, "k4": 0.04,)",
                           R"("is_fisheye": true, "k3": 0.03, "k4": 0.04, "p1": 0,)"}) {
    const auto lens = lens_of(said);
    EXPECT_EQ(lens.model, LensModel::opencv_fisheye);
    EXPECT_EQ(lens_parameters(lens), (std::vector<double>{80, 80, 50, 25, 0.01, -0.02, 0.03, 0.04}));
  }
  EXPECT_EQ(lens_of(R"("is_fisheye": false, "camera_model": "RADIAL",)").model, LensModel::opencv);
  const auto with_k3 = lens_of(R"("k3": 0.03,)");
  EXPECT_EQ(with_k3.model, LensModel::full_opencv);
  EXPECT_EQ(with_k3.k3, 0.03);
  EXPECT_NE(refusal_of([&] { lens_of(R"("k4": 0.04,)"); }).find("'k4' of a lens that is no fisheye"),
            std::string::npos);
}

// nerfstudio: poses and points lie in one world, whatever was applied before; depth was not scaled with it.
TEST(Transforms, DepthUnitsAndAppliedTransforms) {
  const auto scale_of = [](const std::string& text) {
    return parse_transforms(io::parse_json(text, "t.json"), "t.json").depth_scale;
  };
  EXPECT_DOUBLE_EQ(scale_of(R"({"frames": []})"), 1e-3);
  EXPECT_DOUBLE_EQ(scale_of(R"({"depth_unit_scale_factor": 0.00025, "frames": []})"), 0.00025);
  EXPECT_DOUBLE_EQ(scale_of(R"({"applied_scale": 0.5, "frames": []})"), 5e-4);
  const auto scene = small_scene();
  TemporaryFolder folder;
  write_photos(folder / "images", scene);
  auto document = transforms_of(scene, "images/", true);
  document["applied_transform"] = {{0, 1, 0, 5}, {1, 0, 0, 0}, {0, 0, -1, 0}};
  document["ply_file_path"] = "points.ply";
  write_text(folder / "points.ply",
             "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
             "end_header\n1 2 3\n");
  write_text(folder / "transforms.json", document.dump());
  const auto loaded = load_scene({.path = folder.path().string()});
  expect_same_cameras(loaded, scene);
  EXPECT_EQ(loaded.points.positions, (std::vector<float>{1, 2, 3}));
}

TEST(Transforms, IntrinsicsFollowThePhotosSize) {
  TransformsIntrinsics said;
  said.width = 200;
  said.height = 100;
  said.fx = 150;
  const auto lens = transforms_lens(said, 100, 50, "t.json");
  EXPECT_DOUBLE_EQ(lens.fx, 75);
  EXPECT_DOUBLE_EQ(lens.fy, 75);
  EXPECT_DOUBLE_EQ(lens.cx, 50);
}

}  // namespace
}  // namespace retort::field
