#include "distil/field/splat_files/splat_formats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/errors.h"
#include "distil/field/splat_files/packing.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/gzip.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

SplatCloud random_cloud(int64_t size, int degree, int64_t features = 0) {
  std::mt19937 random(static_cast<uint32_t>(17 * size + degree));
  std::normal_distribution<float> normal;
  auto cloud = make_cloud(size, degree, features);
  for (auto& value : cloud.means) value = 3 * normal(random);
  for (auto& value : cloud.quaternions) value = normal(random);
  for (auto& value : cloud.log_scales) value = -4 + normal(random);
  for (auto& value : cloud.opacity_logits) value = 3 * normal(random);
  for (auto& value : cloud.sh) value = 0.3f * normal(random);
  for (auto& value : cloud.features) value = normal(random);
  if (size > 2) {  // the ends of the ranges
    cloud.opacity_logits[0] = 40;
    cloud.opacity_logits[1] = -40;
    cloud.sh[0] = 30;
    for (int axis = 0; axis < 4; ++axis) cloud.quaternions[axis] = 0.5f;  // no component is the largest
  }
  return cloud;
}

// What a format promises: largest differences after writing and reading.
struct Quantum {
  float position = 0, log_scale = 0, opacity = 0, colour = 0, sh = 0, rotation = 0;
  int max_degree = 3;
  float sh_limit = 100;  // largest magnitude of coefficients that the format can hold
};

// The angle between two rotations, in radians. Opposite quaternions are one rotation.
float angle_between(const float* a, const float* b) {
  const auto p = unit_quaternion(a), q = unit_quaternion(b);
  const float dot = std::abs(p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3]);
  return 2 * std::acos(std::min(dot, 1.f));
}

float colour_of(float coefficient) { return std::clamp(0.5f + sh_constant * coefficient, 0.f, 1.f); }

void expect_within(const SplatCloud& written, const SplatCloud& read, const Quantum& quantum) {
  ASSERT_EQ(read.size(), written.size());
  ASSERT_EQ(read.sh_degree, std::min(written.sh_degree, quantum.max_degree));
  for (int64_t row = 0; row < read.size(); ++row) {
    for (int axis = 0; axis < 3; ++axis) {
      const int64_t at = 3 * row + axis;
      ASSERT_NEAR(read.means[at], written.means[at], quantum.position) << row;
      ASSERT_NEAR(read.log_scales[at], written.log_scales[at], quantum.log_scale) << row;
      ASSERT_NEAR(colour_of(read.sh[row * 3 * read.coefficients() + axis]),
                  colour_of(written.sh[row * 3 * written.coefficients() + axis]), quantum.colour)
          << row;
    }
    ASSERT_NEAR(sigmoid(read.opacity_logits[row]), sigmoid(written.opacity_logits[row]), quantum.opacity) << row;
    ASSERT_LE(angle_between(&read.quaternions[4 * row], &written.quaternions[4 * row]), quantum.rotation) << row;
    for (int64_t index = 3; index < 3 * read.coefficients(); ++index) {
      const float kept =
          std::clamp(written.sh[row * 3 * written.coefficients() + index], -quantum.sh_limit, quantum.sh_limit);
      ASSERT_NEAR(read.sh[row * 3 * read.coefficients() + index], kept, quantum.sh) << row << " " << index;
    }
  }
}

// Writes clouds of many sizes and degrees, reads them back, and writes again: the second file must equal the first.
void expect_round_trips(const std::string& format_name, const Quantum& quantum) {
  const auto& format = splat_format(format_name);
  const tests::TemporaryFolder folder;
  for (const int64_t size : {1, 3, 255, 256, 257, 1000}) {
    for (int degree = 0; degree <= 3; ++degree) {
      SCOPED_TRACE(fmt::format("{} splats of degree {}", size, degree));
      const auto cloud = random_cloud(size, degree);
      const auto first = folder.path() / ("first" + format.endings[0]);
      const auto second = folder.path() / ("second" + format.endings[0]);
      format.write(first, cloud);
      const auto read = read_splats(first);
      expect_within(cloud, read, quantum);
      format.write(second, read);
      expect_within(read, read_splats(second), quantum);
    }
  }
}

constexpr float rounding = 1e-5f;  // of a unit quaternion's angle, exp and log in float32
constexpr float byte_step = 0.5f / 255 + 1e-5f;

TEST(SplatFormats, LeanPlyKeepsEveryBit) {
  const tests::TemporaryFolder folder;
  for (int degree = 0; degree <= 3; ++degree) {
    const auto cloud = random_cloud(50, degree, 5);
    write_splat_ply(folder.path() / "a.ply", cloud, PlyFlavour::lean);
    const auto read = read_splats(folder.path() / "a.ply");
    EXPECT_EQ(read.sh_degree, degree);
    EXPECT_EQ(read.means, cloud.means);
    EXPECT_EQ(read.quaternions, cloud.quaternions);
    EXPECT_EQ(read.log_scales, cloud.log_scales);
    EXPECT_EQ(read.opacity_logits, cloud.opacity_logits);
    EXPECT_EQ(read.sh, cloud.sh);
    EXPECT_EQ(read.features, cloud.features);
  }
}

TEST(SplatFormats, FullPlyIsOfDegreeThree) {
  const tests::TemporaryFolder folder;
  const auto cloud = random_cloud(20, 1, 2);
  write_splat_ply(folder.path() / "a.ply", cloud, PlyFlavour::full);
  const auto read = read_splats(folder.path() / "a.ply");
  EXPECT_EQ(read.sh_degree, 3);
  EXPECT_EQ(with_sh_degree(read, 1).sh, cloud.sh);
  EXPECT_EQ(read.features, cloud.features);
}

TEST(SplatFormats, CompressedPlyKeepsItsQuantum) {
  // Positions span at most 24 units here and log scales 10: half a step of 10 bits.
  expect_round_trips("compressed-ply", {.position = 24.f / 1023 / 2,
                                        .log_scale = 10.f / 1023 / 2,
                                        .opacity = byte_step,
                                        .colour = 10.f / 255 / 2,
                                        .sh = 1.f / 64 + 1e-5f,
                                        .rotation = 0.004f});
}

TEST(SplatFormats, SpzKeepsItsQuantum) {
  expect_round_trips("spz", {.position = 0.5f / 4096 + 1e-6f,
                             .log_scale = 0.5f / 16 + 1e-5f,
                             .opacity = byte_step,
                             .colour = sh_constant / 0.15f * byte_step,
                             .sh = 8.5f / 128 + 1e-5f,  // half of 16 steps, and half a step from the first rounding
                             .rotation = 0.006f,
                             .sh_limit = 1});
}

TEST(SplatFormats, GlbKeepsFloats) {
  expect_round_trips("glb", {.position = 0, .log_scale = rounding, .opacity = 2e-6f, .rotation = 2e-3f});
}

TEST(SplatFormats, DotSplatKeepsItsQuantum) {
  expect_round_trips("splat", {.position = 0,
                               .log_scale = rounding,
                               .opacity = byte_step,
                               .colour = byte_step,
                               .rotation = 0.03f,
                               .max_degree = 0});
}

// A second round must not lose more: bytes that were read give the same bytes again.
TEST(SplatFormats, QuantisedNumbersStay) {
  const tests::TemporaryFolder folder;
  for (const char* name : {"spz", "splat"}) {
    const auto& format = splat_format(name);
    const auto first = folder.path() / ("first" + format.endings[0]);
    const auto second = folder.path() / ("second" + format.endings[0]);
    auto cloud = random_cloud(300, 3);
    // Rotations in bytes are not of unit length, so writing them again may round the other way.
    if (format.name == "splat") {
      for (int64_t row = 0; row < cloud.size(); ++row) {
        for (int index = 0; index < 4; ++index) cloud.quaternions[4 * row + index] = index == 0 ? 1.f : 0.f;
      }
    }
    format.write(first, cloud);
    format.write(second, read_splats(first));
    const auto once = read_splats(first), twice = read_splats(second);
    EXPECT_EQ(once.means, twice.means) << name;
    EXPECT_EQ(once.log_scales, twice.log_scales) << name;
    EXPECT_EQ(once.sh, twice.sh) << name;
    EXPECT_EQ(once.opacity_logits, twice.opacity_logits) << name;
  }
}

TEST(SplatFormats, EmptyCloudsTravel) {
  const tests::TemporaryFolder folder;
  for (const auto& format : splat_formats()) {
    const auto file = folder.path() / ("none" + format.endings[0]);
    format.write(file, make_cloud(0, 0));
    EXPECT_EQ(read_splats(file).size(), 0) << format.name;
  }
}

TEST(SplatFormats, NumbersThatAreNoneDoNoHarm) {
  const tests::TemporaryFolder folder;
  auto cloud = random_cloud(10, 3);
  for (auto* values : {&cloud.means, &cloud.quaternions, &cloud.log_scales, &cloud.opacity_logits, &cloud.sh}) {
    (*values)[4] = std::nanf("");
    (*values)[5] = std::numeric_limits<float>::infinity();
  }
  for (const auto& format : splat_formats()) {
    if (format.name == "splat") continue;  // keeps scales as floats and refuses to read such
    const auto file = folder.path() / ("odd" + format.endings[0]);
    format.write(file, cloud);
    EXPECT_EQ(read_splats(file).size(), 10) << format.name;
  }
}

TEST(SplatFormats, SpzTurnsAxesAndReadsVersionTwo) {
  // One splat at (1, 2, 3) in the file's axes (y up, z back), all other bytes at their middles, no SH.
  io::ByteWriter stream;
  for (const uint32_t word : {0x5053474eu, 2u, 1u}) stream.write(word);
  for (const uint8_t byte : {0, 12, 0, 0}) stream.write(byte);
  for (const int32_t fixed : {1 << 12, 2 << 12, 3 << 12}) {
    for (int shift = 0; shift < 24; shift += 8) stream.write(static_cast<uint8_t>(fixed >> shift & 255));
  }
  for (const uint8_t byte : {255, 128, 128, 128, 160, 160, 160, 128, 128, 255}) stream.write(byte);
  const auto file = io::gzip(stream.bytes());
  const auto cloud = read_spz(io::as_bytes(file), "old.spz");
  EXPECT_EQ(cloud.means, (std::vector<float>{1, -2, -3}));
  EXPECT_EQ(cloud.log_scales, (std::vector<float>{0, 0, 0}));
  // Half a turn about z seen with z the other way is half a turn back.
  EXPECT_NEAR(cloud.quaternions[3], -1, 0.01);
  EXPECT_GT(cloud.opacity_logits[0], 5);
}

TEST(SplatFormats, LaterSpzIsRefusedByItsVersion) {
  const tests::TemporaryFolder folder;
  io::ByteWriter head;
  for (const uint32_t word : {0x5053474eu, 4u, 1u}) head.write(word);
  head.pad(20, 0);
  io::write_whole_file(folder / "new.dat", head.bytes());  // told by its content, not by its ending
  const auto message = tests::refusal_of([&] { read_splats(folder / "new.dat"); });
  EXPECT_NE(message.find("SPZ of version 4 or later"), std::string::npos) << message;
}

TEST(SplatFormats, PointsAreRefusedWithTheReason) {
  const std::string points =
      "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
      "property uchar red\nend_header\n0 0 0 1\n";
  try {
    read_splat_ply(io::as_bytes(points), "points.ply");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("these are points, not splats"), std::string::npos) << error.what();
  }
}

TEST(SplatFormats, DamagedFilesAreRefused) {
  const tests::TemporaryFolder folder;
  for (const auto& format : splat_formats()) {
    const auto file = folder.path() / ("whole" + format.endings[0]);
    format.write(file, random_cloud(3, 1));
    const std::string bytes = io::read_whole_file(file, 1 << 20);
    tests::damage_everywhere(bytes, [&](const std::string& damaged) { format.read(io::as_bytes(damaged), "damaged"); });
  }
}

TEST(SplatFormats, AnUnpackingBombIsRefused) {
  EXPECT_THROW(io::gunzip(io::as_bytes(io::gzip(std::string(5 << 20, 'x'))), "bomb", 1 << 20), UserError);
}

TEST(SplatFormats, EndingsDecideLongestFirst) {
  EXPECT_EQ(format_by_ending("a.compressed.ply").name, "compressed-ply");
  EXPECT_EQ(format_by_ending("a.ply").name, "ply");
  EXPECT_EQ(format_by_ending("a.splat").name, "splat");
  EXPECT_THROW(format_by_ending("a.jpg"), UserError);
  EXPECT_THROW(splat_format("spx"), UserError);
}

}  // namespace
}  // namespace retort::field
