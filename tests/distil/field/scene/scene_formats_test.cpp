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
#include "io/atomic_file.h"
#include "io/json.h"
#include "io/npy.h"
#include "io/ply.h"
#include "io/video_writer.h"
#include "support/grey16_png.h"
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

// Every point lies in a training view's picture between these depths, and every such view has some at both ends.
void expect_points_between_bounds(const Scene& scene, double near, double far) {
  std::vector<double> nearest(scene.views.size(), far), farthest(scene.views.size(), near);
  for (int64_t i = 0; i < scene.points.size(); ++i) {
    const float* p = &scene.points.positions[size_t(3 * i)];
    int seen = 0;
    for (const int index : scene.train) {
      const auto& camera = scene.views[size_t(index)].camera;
      std::array<double, 3> at{};
      for (size_t row = 0; row < 3; ++row) {
        const double* m = &camera.world_to_camera[4 * row];
        at[row] = m[0] * p[0] + m[1] * p[1] + m[2] * p[2] + m[3];
      }
      const double x = at[0] / at[2] * camera.fx + camera.cx, y = at[1] / at[2] * camera.fy + camera.cy;
      const bool inside = at[2] > near * 0.999 && at[2] < far * 1.001 && x > -0.01 && x < camera.width + 0.01 &&
                          y > -0.01 && y < camera.height + 0.01;
      if (!inside) continue;
      ++seen;
      nearest[size_t(index)] = std::min(nearest[size_t(index)], at[2]);
      farthest[size_t(index)] = std::max(farthest[size_t(index)], at[2]);
    }
    ASSERT_GT(seen, 0) << p[0] << " " << p[1] << " " << p[2];
  }
  for (const int index : scene.train) {
    EXPECT_LT(nearest[size_t(index)], near * 1.1);
    EXPECT_GT(farthest[size_t(index)], far * 0.8);
  }
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
  expect_points_between_bounds(loaded, 0.5, 9);
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

// A film of the photos, then the folder without them: the loader takes them out again.
std::string matrix_text(std::span<const double> numbers, size_t columns) {
  std::string text;
  for (size_t i = 0; i < numbers.size(); ++i) {
    text += fmt::format("{}{}", numbers[i], i % columns == columns - 1 ? "\n" : " ");
  }
  return text;
}

TEST(SceneFormats, RgbdFoldersGiveTheSameCamerasAndDepths) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  const auto& camera = scene.scene.views[0].camera;
  write_text(folder / "intrinsics.txt",
             matrix_text(std::array<double, 9>{camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1}, 3));
  for (const char* part : {"rgb", "depth", "pose"}) std::filesystem::create_directories(folder / part);
  for (size_t i = 0; i < scene.images.size(); ++i) {
    write_text(folder / fmt::format("pose/{:04}.txt", i), matrix_text(camera_to_world(scene.scene.views[i]), 4));
    io::write_png(folder / fmt::format("rgb/{:04}.png", i), scene.images[i].rgb);
    std::vector<uint16_t> steps;
    for (const float z : scene.truth[i].depth) steps.push_back(uint16_t(std::lround(z * 1000)));
    io::write_whole_file(folder / fmt::format("depth/{:04}.png", i), tests::grey16_png(32, 24, steps));
  }
  const auto loaded = load_scene({.path = folder.path().string(), .depth_points = 1000});
  EXPECT_EQ(loaded.format, "rgbd");
  expect_same_cameras(loaded, scene);
  EXPECT_EQ(loaded.test, (std::vector<int>{0, 5}));
  EXPECT_EQ(loaded.views[1].depth, folder / "depth/0001.png");
  EXPECT_EQ(loaded.unregistered_photos, 0);
  ASSERT_GT(loaded.points.size(), 300);
  for (int64_t i = 0; i < loaded.points.size(); ++i) {
    EXPECT_GT(loaded.points.positions[size_t(3 * i + 2)], -0.05F);  // the floor is z = 0
  }
  // A 4x4 matrix says the same, a frame whose pose is lost is left out, and depth may be absent.
  write_text(folder / "intrinsics.txt", matrix_text(std::array<double, 16>{camera.fx, 0, camera.cx, 0, 0, camera.fy,
                                                                           camera.cy, 0, 0, 0, 1, 0, 0, 0, 0, 1},
                                                    4));
  expect_same_cameras(load_scene({.path = folder.path().string(), .depth_points = 1000}), scene);
  write_text(folder / "pose/0003.txt", "-inf -inf -inf -inf\n-inf -inf -inf -inf\n-inf -inf -inf -inf\n0 0 0 1\n");
  std::filesystem::remove_all(folder / "depth");
  const auto fewer = load_scene({.path = folder.path().string(), .random_points = 100});
  EXPECT_EQ(fewer.views.size(), 5u);
  EXPECT_NE(fewer.notes.at(0).find("1 frames whose poses are lost"), std::string::npos);
  write_text(folder / "pose/0003.txt", "1 2 3\n");
  EXPECT_NE(refusal_of([&] { load_scene({.path = folder.path().string()}); }).find("3 numbers, expected"),
            std::string::npos);
  write_text(folder / "pose/0009.txt", matrix_text(camera_to_world(scene.scene.views[0]), 4));
  std::filesystem::remove(folder / "pose/0003.txt");
  EXPECT_NE(refusal_of([&] { load_scene({.path = folder.path().string()}); }).find("the pose has no photo"),
            std::string::npos);
}

TEST(SceneFormats, AbsentPhotosAreTakenFromTheFilm) {
  if (!io::VideoWriter::available()) GTEST_SKIP() << "needs ffmpeg";
  const auto scene = small_scene();
  TemporaryFolder folder;
  io::VideoWriter film(folder / "walk.mkv", 10);
  for (const auto& image : scene.images) {
    film.add(image.rgb);
    film.add(image.rgb);
  }
  film.finish();
  auto document = transforms_of(scene, "images/", true);
  for (size_t i = 0; i < scene.images.size(); ++i) {
    document["frames"][i]["file_path"] = fmt::format("images/frame_{:06}.png", 2 * i);
  }
  write_text(folder / "transforms.json", document.dump());
  const auto loaded = load_scene({.path = folder.path().string(), .random_points = 100});
  expect_same_cameras(loaded, scene);
  EXPECT_EQ(loaded.views[1].name, "frame_000002.png");
  ASSERT_FALSE(loaded.notes.empty());
  EXPECT_NE(loaded.notes[0].find("6 frames were taken out of"), std::string::npos) << loaded.notes[0];
  double difference = 0;
  for (size_t i = 0; i < scene.images.size(); ++i) {
    const auto taken = load_view_image(loaded.views[i], {}).rgb;
    for (size_t byte = 0; byte < taken.pixels.size(); ++byte) {
      difference += std::abs(int(taken.pixels[byte]) - int(scene.images[i].rgb.pixels[byte]));
    }
  }
  EXPECT_LT(difference / double(6 * 32 * 24 * 3), 12);  // coded with loss, chroma at half size
  // The next time they are photos like others.
  std::filesystem::remove(folder / "walk.mkv");
  EXPECT_EQ(load_scene({.path = folder.path().string(), .random_points = 100}).notes.size(), 1u);
}

TEST(SceneFormats, FilmsThatCanNotHelpAreRefusedWithARemedy) {
  const auto scene = small_scene();
  TemporaryFolder folder;
  write_text(folder / "walk.mp4", "no film");
  const auto refused = [&] {
    return refusal_of([&] { load_scene({.path = folder.path().string(), .random_points = 100}); });
  };
  EXPECT_NE(refused().find("a film but no poses; retort makes none"), std::string::npos);
  EXPECT_NE(refused().find("retort field frames"), std::string::npos);
  auto document = transforms_of(scene, "", true);
  const auto frames_named = [&](const std::vector<std::string>& names) {
    for (size_t i = 0; i < 6; ++i) document["frames"][i]["file_path"] = names[i % names.size()];
    write_text(folder / "transforms.json", document.dump());
    return refused();
  };
  EXPECT_NE(frames_named({"frame_000001.png"}).find("in one folder below the scene"), std::string::npos);
  EXPECT_NE(frames_named({"a/frame_000001.png", "b/frame_000002.png"}).find("in one folder below"), std::string::npos);
  EXPECT_NE(frames_named({"images/first.png"}).find("holds no number of a frame"), std::string::npos);
  EXPECT_NE(frames_named({"images/a1.png", "images/b01.png"}).find("are the same frame 1"), std::string::npos);
  EXPECT_NE(frames_named({"images/a99999999999999999999.png"}).find("holds no number"), std::string::npos);
  write_text(folder / "other.MOV", "no film either");
  EXPECT_NE(frames_named({"images/a1.png"}).find("2 films are there"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "images"));
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
