#include "distil/field/splat_files/splat_formats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <random>
#include <string>

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
  for (const auto flavour : {PlyFlavour::full, PlyFlavour::ascii}) {
    write_splat_ply(folder.path() / "a.ply", cloud, flavour);
    const auto read = read_splats(folder.path() / "a.ply");
    EXPECT_EQ(read.sh_degree, 3);
    EXPECT_EQ(with_sh_degree(read, 1).sh, cloud.sh);
    EXPECT_EQ(read.means, cloud.means);
    EXPECT_EQ(read.features, cloud.features);
  }
}

TEST(SplatFormats, AsciiPlyIsText) {
  const tests::TemporaryFolder folder;
  write_splat_ply(folder.path() / "a.ply", make_cloud(1, 0), PlyFlavour::ascii);
  const auto text = io::read_whole_file(folder.path() / "a.ply", 1 << 20);
  EXPECT_TRUE(text.starts_with("ply\nformat ascii 1.0\n")) << text;
  std::string zeros = "0";
  for (int property = 1; property < 62; ++property) zeros += " 0";
  EXPECT_TRUE(text.ends_with("end_header\n" + zeros + "\n")) << text;
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

TEST(SplatFormats, SogKeepsItsQuantum) {
  // Half of 65535 steps of the logarithm, of positions up to 14 from 0. Log scale, colour and SH are of codebooks of 256
  // numbers, finer where there are many; here are the widest gaps. Rotation: three components to 1 / (255 sqrt 2) / 2
  // each and a fourth, of at least 1/2, that follows from them: at most 0.0096 together, which is half the angle.
  expect_round_trips("sog", {.position = 15.f * 6 / 65535 / 2,
                             .log_scale = 0.06f,
                             .opacity = byte_step,
                             .colour = 0.008f,
                             .sh = 0.12f,
                             .rotation = 0.0193f});
}

// Everything that a format writes for a cloud, by name.
std::map<std::string, std::string> written_files(const SplatFormat& format, const SplatCloud& cloud) {
  const tests::TemporaryFolder folder;
  format.write(folder.path() / ("cloud" + format.endings[0]), cloud);
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    const auto name = std::filesystem::relative(entry.path(), folder.path()).generic_string();
    files[name] = io::read_whole_file(entry.path(), 1 << 24);
  }
  return files;
}

TEST(SplatFormats, TheSameCloudGivesTheSameBytes) {
  for (const auto& format : splat_formats()) {
    const auto files = written_files(format, random_cloud(700, 2, 3));
    EXPECT_FALSE(files.empty());
    EXPECT_EQ(files, written_files(format, random_cloud(700, 2, 3))) << format.name;
  }
}

// A second round must not lose more: what was read is written as the same bytes again. (The ranges of compressed PLY
// and the exponentials of glTF are rounded anew each time.)
TEST(SplatFormats, QuantisedNumbersStay) {
  for (const char* name : {"ply", "lean-ply", "ascii-ply", "spz", "spz4", "splat", "sog", "sog-folder"}) {
    const auto& format = splat_format(name);
    for (const int64_t size : {3, 300, 2000}) {
      auto cloud = random_cloud(size, 3);
      // Rotations in bytes are not quite of unit length, and of two components as large either may be left out: such
      // may be rounded the other way.
      for (int64_t row = 0; row < cloud.size(); ++row) {
        for (int index = 0; index < 4; ++index) cloud.quaternions[4 * row + index] = index == 0 ? 1.f : 0.f;
      }
      const tests::TemporaryFolder folder;
      const auto file = folder.path() / ("cloud" + format.endings[0]);
      format.write(file, cloud);
      const auto read = read_splats(file);
      // Not EXPECT_EQ: it would print the files.
      EXPECT_TRUE(written_files(format, read) == written_files(format, cloud)) << name << " " << size;
    }
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

TEST(SplatFormats, SpzFourHoldsWhatSpzThreeHolds) {
  const tests::TemporaryFolder folder;
  for (int degree = 0; degree <= 3; ++degree) {
    const auto cloud = random_cloud(300, degree);
    write_spz(folder.path() / "a.spz", cloud);
    write_spz_zstd(folder.path() / "b.spz", cloud);
    const auto three = read_splats(folder.path() / "a.spz"), four = read_splats(folder.path() / "b.spz");
    EXPECT_EQ(four.means, three.means);
    EXPECT_EQ(four.quaternions, three.quaternions);
    EXPECT_EQ(four.log_scales, three.log_scales);
    EXPECT_EQ(four.opacity_logits, three.opacity_logits);
    EXPECT_EQ(four.sh, three.sh);
  }
}

// A file of version 4 without splats, with records of extensions before its empty list of arrays.
std::string spz_with_extensions(std::initializer_list<uint32_t> words) {
  io::ByteWriter file;
  for (const uint32_t word : {0x5053474eu, 4u, 0u}) file.write(word);
  for (const uint8_t byte : {0, 12, 2, 0}) file.write(byte);
  file.write(static_cast<uint32_t>(32 + 4 * words.size()));
  file.pad(12, 0);
  for (const uint32_t word : words) file.write(word);
  return file.take();
}

TEST(SplatFormats, SpzExtensionsAreSkippedUnlessTheyTurnTheAxes) {
  const auto other = spz_with_extensions({0xadbe0002, 8, 1, 2, 0x12340001, 0});
  EXPECT_EQ(read_spz(io::as_bytes(other), "a.spz").size(), 0);
  const auto turned = spz_with_extensions({0xadbe0002, 4, 1, 0xadbe0003, 4, 1});
  const auto message = tests::refusal_of([&] { read_spz(io::as_bytes(turned), "a.spz"); });
  EXPECT_NE(message.find("SPZ_ADOBE_coordinate_system"), std::string::npos) << message;
  const auto cut = spz_with_extensions({0x12340001, 5, 1});
  EXPECT_NE(tests::refusal_of([&] { read_spz(io::as_bytes(cut), "a.spz"); }), "");
}

TEST(SplatFormats, LaterSpzIsRefusedByItsVersion) {
  const tests::TemporaryFolder folder;
  io::ByteWriter head;
  for (const uint32_t word : {0x5053474eu, 5u, 1u}) head.write(word);
  head.pad(20, 0);
  io::write_whole_file(folder / "new.dat", head.bytes());  // told by its content, not by its ending
  const auto message = tests::refusal_of([&] { read_splats(folder / "new.dat"); });
  EXPECT_NE(message.find("SPZ of a version that is not read here (2 to 4 are): 5"), std::string::npos) << message;
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
    if (format.name.starts_with("sog")) continue;  // sog_test.cpp damages smaller ones
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
  EXPECT_EQ(format_by_ending("a.sog").name, "sog");
  EXPECT_EQ(format_by_ending("meta.json").name, "sog-folder");
  EXPECT_EQ(format_by_ending("some/meta.json").name, "sog-folder");
  EXPECT_THROW(format_by_ending("ameta.json"), UserError);
  EXPECT_THROW(format_by_ending("a.jpg"), UserError);
  EXPECT_THROW(splat_format("spx"), UserError);
}

}  // namespace
}  // namespace retort::field
