#include "distil/field/teachers/map_file.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/tensor/tensor_io.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {

at::Tensor ramp_map(int64_t channels, int64_t height, int64_t width) {
  return at::arange(channels * height * width, at::kFloat).view({channels, height, width}) / 8;
}

/// A pickle that would call os.system.
std::string pickle_with_code() {
  return "\x80\x02"
         "cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.";
}

TEST(MapFile, EveryFormatGivesTheHalvesBack) {
  const tests::TemporaryFolder folder;
  const auto map = ramp_map(3, 2, 4);
  for (const auto format : {MapFormat::npy, MapFormat::pt, MapFormat::safetensors}) {
    const auto file = write_feature_map(folder / choices(format)[size_t(format)], "left/0001", map, format);
    const auto stored = open_feature_map(file);
    EXPECT_EQ(stored.dtype, io::DType::f16) << file;
    EXPECT_EQ(shape_of(stored), (MapShape{3, 2, 4}));
    EXPECT_TRUE(at::equal(half_values(stored, file), map.to(at::kHalf))) << file;
  }
}

TEST(MapFile, WriterRefusesWhatHalvesDoNotHold) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW(write_feature_map(folder.path(), "a", at::full({1, 1, 1}, 1e6), MapFormat::npy), Fault);
  EXPECT_THROW(write_feature_map(folder.path(), "a", at::ones({2, 2}), MapFormat::npy), Fault);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(MapFile, FolderFindsMapsByStem) {
  const tests::TemporaryFolder folder;
  write_feature_map(folder.path(), "left/0001", ramp_map(1, 1, 1), MapFormat::npy);
  io::write_npy(folder / "0001_fmap_2x1x1.npy", io::to_array(at::ones({2, 1, 1})));
  io::write_whole_file(folder / "0002_fmap_CxHxW.pth", "x");
  const MapFolder maps(folder.path());
  EXPECT_TRUE(maps.has("left/0001"));
  EXPECT_EQ(maps.file_of("0001").filename(), "0001_fmap_2x1x1.npy");
  const auto absent = tests::user_error_of([&] { maps.file_of("0002"); });
  EXPECT_NE(absent.find("no teacher map for view '0002'"), std::string::npos) << absent;
  EXPECT_NE(absent.find("found 0002_fmap_CxHxW.pth, whose ending is not read"), std::string::npos) << absent;
}

TEST(MapFile, TwoMapsOfAViewAreRefused) {
  const tests::TemporaryFolder folder;
  write_feature_map(folder.path(), "a", ramp_map(1, 1, 1), MapFormat::npy);
  write_feature_map(folder.path(), "a", ramp_map(1, 1, 1), MapFormat::pt);
  const auto message = tests::user_error_of([&] { MapFolder(folder.path()).file_of("a"); });
  EXPECT_NE(message.find("two teacher maps for view 'a'"), std::string::npos) << message;
  EXPECT_NE(message.find("a_fmap_CxHxW.pt"), std::string::npos) << message;
}

TEST(MapFile, AbsentFolderIsNamed) {
  const auto message = tests::user_error_of([] { MapFolder("/nowhere/maps"); });
  EXPECT_NE(message.find("/nowhere/maps: can't list the teacher maps"), std::string::npos) << message;
}

TEST(MapFile, NameAndTensorMustAgree) {
  const tests::TemporaryFolder folder;
  io::write_npy(folder / "a_fmap_3x2x4.npy", io::to_array(ramp_map(3, 4, 2)));
  const auto message = tests::user_error_of([&] { open_feature_map(folder / "a_fmap_3x2x4.npy"); });
  EXPECT_NE(message.find("the name says 3x2x4, the tensor is [3, 4, 2]"), std::string::npos) << message;
  io::write_npy(folder / "a_fmap_big.npy", io::to_array(ramp_map(3, 4, 2)));
  EXPECT_NE(tests::user_error_of([&] { open_feature_map(folder / "a_fmap_big.npy"); }).find("'big' in the name"),
            std::string::npos);
}

TEST(MapFile, WhatIsNoMapIsRefused) {
  const tests::TemporaryFolder folder;
  const auto refused = [&](const std::string& name) {
    return tests::user_error_of([&] { open_feature_map(folder / name); });
  };
  io::write_npy(folder / "flat_fmap_CxHxW.npy", io::to_array(at::ones({2, 2})));
  EXPECT_NE(refused("flat_fmap_CxHxW.npy").find("holds f32 [2, 2]; a teacher map is"), std::string::npos);
  io::write_npy(folder / "whole_fmap_CxHxW.npy", io::to_array(at::ones({1, 2, 2}, at::kLong)));
  EXPECT_NE(refused("whole_fmap_CxHxW.npy").find("holds i64"), std::string::npos);
  const auto one = io::to_array(ramp_map(1, 1, 1));
  io::write_safetensors(folder / "two_fmap_CxHxW.safetensors", {{"a", one}, {"b", one}});
  EXPECT_NE(refused("two_fmap_CxHxW.safetensors").find("two_fmap_CxHxW.safetensors"), std::string::npos);
  io::write_whole_file(folder / "code_fmap_CxHxW.pt", pickle_with_code());
  EXPECT_NE(refused("code_fmap_CxHxW.pt").find("system"), std::string::npos) << refused("code_fmap_CxHxW.pt");
  io::write_whole_file(folder / "empty_fmap_CxHxW.npy", "");
  EXPECT_NE(refused("empty_fmap_CxHxW.npy").find("empty_fmap_CxHxW.npy"), std::string::npos);
  EXPECT_NE(refused("a.txt").find("teacher maps end in"), std::string::npos);
}

TEST(MapFile, TruncatedMapsAreRefusedInEveryFormat) {
  const tests::TemporaryFolder folder;
  for (const auto format : {MapFormat::npy, MapFormat::pt, MapFormat::safetensors}) {
    const auto file = write_feature_map(folder.path(), choices(format)[size_t(format)], ramp_map(4, 8, 8), format);
    const auto whole = io::read_whole_file(file, 1 << 20);
    io::write_whole_file(file, std::string_view(whole).substr(0, whole.size() - 40));
    EXPECT_NE(tests::user_error_of([&] { open_feature_map(file); }).find(file.filename().string()), std::string::npos);
  }
}

TEST(MapFile, ValuesBeyondHalfAreNamedWithTheirPlace) {
  const tests::TemporaryFolder folder;
  auto map = ramp_map(2, 3, 4);
  map[1][2][3] = 1e6;
  io::write_npy(folder / "a_fmap_CxHxW.npy", io::to_array(map));
  const auto stored = open_feature_map(folder / "a_fmap_CxHxW.npy");
  const auto message = tests::user_error_of([&] { half_values(stored, "a.npy"); });
  EXPECT_NE(message.find("a.npy: channel 1, row 2, column 3 is not finite"), std::string::npos) << message;
}

}  // namespace
}  // namespace retort::field
