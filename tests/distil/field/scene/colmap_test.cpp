#include "distil/field/scene/colmap.h"

#include <gtest/gtest.h>

#include <cmath>

#include "io/bytes.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"
#include "support/tiny_scene.h"

namespace retort::field {
namespace {

using io::as_bytes;
using tests::refusal_of;
using tests::TemporaryFolder;
using tests::tiny_model;

void expect_same_model(const ColmapModel& a, const ColmapModel& b) {
  ASSERT_EQ(a.cameras.size(), b.cameras.size());
  for (const auto& [id, lens] : a.cameras) {
    EXPECT_EQ(lens.model, b.cameras.at(id).model);
    EXPECT_EQ(lens_parameters(lens), lens_parameters(b.cameras.at(id)));
    EXPECT_EQ(lens.width, b.cameras.at(id).width);
    EXPECT_EQ(lens.height, b.cameras.at(id).height);
  }
  ASSERT_EQ(a.images.size(), b.images.size());
  for (size_t i = 0; i < a.images.size(); ++i) {
    EXPECT_EQ(a.images[i].name, b.images[i].name);
    EXPECT_EQ(a.images[i].camera, b.images[i].camera);
    for (size_t k = 0; k < 16; ++k) {
      EXPECT_NEAR(a.images[i].world_to_camera[k], b.images[i].world_to_camera[k], 1e-14);
    }
  }
  EXPECT_EQ(a.points.positions, b.points.positions);
  EXPECT_EQ(a.points.colours, b.points.colours);
}

std::string image_record(std::array<double, 4> quaternion, std::array<double, 3> translation, const std::string& name) {
  io::ByteWriter out;
  out.write(uint64_t(1));
  out.write(uint32_t(1));
  for (const double value : quaternion) out.write(value);
  for (const double value : translation) out.write(value);
  out.write(uint32_t(1));
  out.write_text(name);
  out.pad(1, '\0');
  out.write(uint64_t(0));
  return out.take();
}

std::string image_record_refusal(std::array<double, 4> quaternion, std::array<double, 3> translation = {},
                                 const std::string& name = "a.jpg") {
  const std::string record = image_record(quaternion, translation, name);
  return refusal_of([&] { decode_colmap_images(as_bytes(record), "images.bin", false); });
}

TEST(Colmap, text_and_binary_say_the_same) {
  auto model = tiny_model({"a.jpg", "left eye/Ünï côde 01.jpg", "z.png"});
  model.cameras[7] = {.model = LensModel::opencv,
                      .width = 640,
                      .height = 480,
                      .fx = 500.1,
                      .fy = 501.7,
                      .cx = 320.3,
                      .cy = 239.9,
                      .k1 = 0.1,
                      .k2 = -0.0333,
                      .p1 = 1e-4,
                      .p2 = -2e-4};
  TemporaryFolder binary, text;
  write_colmap(binary.path(), model, false);
  write_colmap(text.path(), model, true);
  expect_same_model(read_colmap(binary.path()), model);
  expect_same_model(read_colmap(text.path()), read_colmap(binary.path()));
}

TEST(Colmap, observations_and_tracks_are_skipped) {
  const std::string images =
      "# comment\n\n7 1 0 0 0 1 2 3 1 b name.jpg\r\n1.5 2.5 -1 3 4 17\n3 1 0 0 0 0 0 0 1 a.jpg\n";
  const auto parsed = decode_colmap_images(as_bytes(images), "images.txt", true);
  ASSERT_EQ(parsed.size(), 2U);
  EXPECT_EQ(parsed[0].name, "a.jpg");
  EXPECT_EQ(parsed[1].name, "b name.jpg");
  EXPECT_EQ(parsed[1].world_to_camera[7], 2);
  const std::string points = "9 1 2 3 4 5 6 0.5 1 2 3 4\n2 -1 0 0 255 0 0 0.5 1 2\n";
  const auto cloud = decode_colmap_points(as_bytes(points), "points3D.txt", true);
  EXPECT_EQ(cloud.positions, (std::vector<float>{-1, 0, 0, 1, 2, 3}));
  EXPECT_EQ(cloud.colours, (std::vector<uint8_t>{255, 0, 0, 4, 5, 6}));
}

TEST(Colmap, quaternions_and_rotations_are_inverse) {
  for (const std::array<double, 4>& raw : {std::array<double, 4>{1, 0, 0, 0},
                                           {0, 1, 0, 0},
                                           {0, 0, 1, 0},
                                           {0, 0, 0, 1},
                                           {0.5, -0.5, 0.5, 0.5},
                                           {0.1, 0.7, -0.1, 0.7}}) {
    const double length = std::sqrt(raw[0] * raw[0] + raw[1] * raw[1] + raw[2] * raw[2] + raw[3] * raw[3]);
    const auto back = quaternion_of(rotation_of({raw[0] / length, raw[1] / length, raw[2] / length, raw[3] / length}));
    for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(back[i], raw[i] / length, 1e-12);
  }
}

TEST(Colmap, quaternion_a_little_off_is_normalised) {
  const std::string record = image_record({0.995, 0, 0, 0}, {1, 2, 3}, "a.jpg");
  const auto images = decode_colmap_images(as_bytes(record), "images.bin", false);
  EXPECT_EQ(images[0].world_to_camera, (Matrix4{1, 0, 0, 1, 0, 1, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1}));
}

TEST(Colmap, poses_that_are_none_are_refused) {
  EXPECT_NE(image_record_refusal({NAN, 0, 0, 0}).find("images.bin: image 'a.jpg': the pose is not finite"),
            std::string::npos);
  EXPECT_NE(image_record_refusal({1, 0, 0, 0}, {0, INFINITY, 0}).find("not finite"), std::string::npos);
  EXPECT_NE(image_record_refusal({0, 0, 0, 0}).find("is no rotation"), std::string::npos);
  EXPECT_NE(image_record_refusal({1, 1, 1, 1}).find("has length 2 and is no rotation"), std::string::npos);
}

TEST(Colmap, names_that_leave_the_folder_are_refused) {
  for (const char* name : {"../a.jpg", "b/../../a.jpg", "/etc/passwd", "", "folder/", "a\nb.jpg", ".."}) {
    EXPECT_NE(image_record_refusal({1, 0, 0, 0}, {}, name).find("does not stay inside"), std::string::npos) << name;
  }
}

TEST(Colmap, counts_are_held_against_the_file) {
  for (const uint64_t count : {uint64_t(1) << 60, uint64_t(2), ~uint64_t(0)}) {
    std::string record = image_record({1, 0, 0, 0}, {}, "a.jpg");
    std::memcpy(record.data(), &count, 8);
    const std::string message = refusal_of([&] { decode_colmap_images(as_bytes(record), "images.bin", false); });
    EXPECT_NE(message.find(fmt::format("images.bin: {} images do not fit the file", count)), std::string::npos)
        << message;
  }
  std::string record = image_record({1, 0, 0, 0}, {}, "a.jpg");
  record[record.size() - 1] = '\x7f';  // observations of the only image
  EXPECT_NE(
      refusal_of([&] { decode_colmap_images(as_bytes(record), "images.bin", false); }).find("observations do not fit"),
      std::string::npos);
  EXPECT_FALSE(refusal_of([&] { decode_colmap_images(as_bytes(record + "x"), "images.bin", false); }).empty());
}

TEST(Colmap, damaged_files_are_taken_or_refused) {
  const auto model = tiny_model({"a.jpg", "b.jpg"});
  TemporaryFolder folder;
  for (const bool text : {false, true}) {
    write_colmap(folder.path(), model, text);
    const auto content = [&](const std::string& stem) {
      return io::read_whole_file(folder / (stem + (text ? ".txt" : ".bin")), 1 << 20);
    };
    tests::damage_everywhere(
        content("cameras"), [&](const std::string& bytes) { decode_colmap_cameras(as_bytes(bytes), "cameras", text); });
    tests::damage_everywhere(content("images"),
                             [&](const std::string& bytes) { decode_colmap_images(as_bytes(bytes), "images", text); });
    tests::damage_everywhere(content("points3D"), [&](const std::string& bytes) {
      decode_colmap_points(as_bytes(bytes), "points3D", text);
    });
  }
}

TEST(Colmap, text_faults_name_their_line) {
  const auto refusal = [](const std::string& text) {
    return refusal_of([&] { decode_colmap_cameras(as_bytes(text), "cameras.txt", true); });
  };
  EXPECT_NE(refusal("# head\n1 PINHOL 4 4 1 1 1 1\n").find("cameras.txt:2: unknown camera model 'PINHOL'"),
            std::string::npos);
  EXPECT_NE(refusal("1 PINHOLE 4 4 1 1 x 1\n").find("cameras.txt:1: a camera parameter is 'x'"), std::string::npos);
  EXPECT_NE(refusal("1 PINHOLE 4\n").find("the line ends before the height"), std::string::npos);
  EXPECT_NE(refusal("1 PINHOLE 4 4 1 1 1\n").find("PINHOLE takes 4 parameters, found 3"), std::string::npos);
  EXPECT_NE(refusal("1 EUCM 4 4 1 1 1 1 1\n").find("camera model EUCM is not supported"), std::string::npos);
}

TEST(Colmap, parts_must_fit_together) {
  TemporaryFolder folder;
  EXPECT_NE(refusal_of([&] { read_colmap(folder / "none"); }).find("no such folder"), std::string::npos);
  EXPECT_NE(refusal_of([&] { read_colmap(folder.path()); }).find("neither images.bin nor images.txt"),
            std::string::npos);
  auto model = tiny_model({"a.jpg", "b.jpg"});
  model.images[1].camera = 5;
  write_colmap(folder.path(), model);
  EXPECT_NE(refusal_of([&] { read_colmap(folder.path()); }).find("image 'b.jpg' uses camera 5"), std::string::npos);
  write_colmap(folder.path(), tiny_model({"a.jpg", "a.jpg"}));
  EXPECT_NE(refusal_of([&] { read_colmap(folder.path()); }).find("'a.jpg' is listed twice"), std::string::npos);
}

}  // namespace
}  // namespace retort::field
