#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/errors.h"
#include "distil/field/splat_files/splat_formats.h"
#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/mapped_file.h"
#include "io/webp.h"
#include "io/zip.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::field {
namespace {

using nlohmann::json;

// Files of a SOG of four splats, version 2, degree 1, made by hand; every picture is 2 x 2 but the palette.
struct HandMadeSog {
  json meta;
  std::map<std::string, io::Image> pictures;

  HandMadeSog() {
    std::vector<double> codebook;  // shorter than 256: the last stands for all bytes above
    for (int byte = 0; byte < 30; ++byte) codebook.push_back(0.5 * byte - 10);
    meta = {{"version", 2},
            {"count", 4},
            {"means", {{"mins", {0, -1, 0}}, {"maxs", {1, 1, 0}}, {"files", {"low.webp", "high.webp"}}}},
            {"scales", {{"codebook", codebook}, {"files", {"scales.webp"}}}},
            {"quats", {{"files", {"quats.webp"}}}},
            {"sh0", {{"codebook", codebook}, {"files", {"sh0.webp"}}}},
            {"shN", {{"count", 2}, {"bands", 1}, {"codebook", codebook}, {"files", {"palette.webp", "labels.webp"}}}}};
    for (const char* name : {"low.webp", "high.webp", "scales.webp", "quats.webp", "sh0.webp", "labels.webp"}) {
      pictures[name] = io::make_image(2, 2, 4);
    }
    pictures["palette.webp"] = io::make_image(64 * 3, 1, 4);
    for (int splat = 0; splat < 4; ++splat) pixel("quats.webp", splat)[3] = 252;
  }

  uint8_t* pixel(const std::string& picture, int index) { return &pictures.at(picture).pixels[size_t(4 * index)]; }

  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files = {{"meta.json", meta.dump()}};
    for (const auto& [name, picture] : pictures) files[name] = io::encode_webp(picture);
    return files;
  }

  std::string archive() const {
    const tests::TemporaryFolder folder;
    io::ZipWriter writer(folder / "a.sog");
    for (const auto& [name, content] : files()) writer.add(name, content);
    writer.commit();
    return io::read_whole_file(folder / "a.sog", 1 << 20);
  }

  SplatCloud read() const { return read_sog(io::as_bytes(archive()), "a.sog"); }
  std::string refusal() const {
    return tests::refusal_of([&] { read(); });
  }
};

void expect_refused_for(const HandMadeSog& sog, const std::string& reason) {
  const auto message = sog.refusal();
  EXPECT_NE(message.find(reason), std::string::npos) << message;
  EXPECT_EQ(message.find("a.sog: "), 0u) << message;
}

TEST(Sog, EveryPictureIsReadWhereItsNumbersLie) {
  HandMadeSog sog;
  sog.pixel("high.webp", 1)[0] = 255;
  sog.pixel("low.webp", 1)[0] = 255;  // x of splat 1 is the most: e - 1
  sog.pixel("high.webp", 1)[1] = 0;   // y the least: 1 - e
  sog.pixel("scales.webp", 2)[1] = 24;
  sog.pixel("sh0.webp", 3)[2] = 22;
  sog.pixel("sh0.webp", 3)[3] = 255;
  for (int at = 0; at < 3; ++at) sog.pixel("quats.webp", 3)[at] = at == 1 ? 255 : 128;
  sog.pixel("quats.webp", 3)[3] = 252 + 2;  // y is left out; w, x, z are stored
  sog.pixel("labels.webp", 2)[0] = 1;
  sog.pixel("palette.webp", 3 + 2)[1] = 26;  // entry 1, third coefficient, green

  const auto cloud = sog.read();
  ASSERT_EQ(cloud.size(), 4);
  ASSERT_EQ(cloud.sh_degree, 1);
  EXPECT_FLOAT_EQ(cloud.means[3], std::exp(1.f) - 1);
  EXPECT_FLOAT_EQ(cloud.means[4], 1 - std::exp(1.f));
  EXPECT_EQ(cloud.means[5], 0);
  EXPECT_EQ(cloud.log_scales[3 * 2 + 1], 2);
  EXPECT_EQ(cloud.log_scales[3 * 2], -10);
  EXPECT_EQ(cloud.sh[3 * 12 + 2], 1);
  EXPECT_GT(cloud.opacity_logits[3], 5);
  EXPECT_LT(cloud.opacity_logits[2], -5);
  EXPECT_NEAR(cloud.quaternions[12], 0, 0.003);
  EXPECT_FLOAT_EQ(cloud.quaternions[13], static_cast<float>(M_SQRT1_2));
  EXPECT_NEAR(cloud.quaternions[14], M_SQRT1_2, 0.003);
  EXPECT_EQ(cloud.sh[2 * 12 + 3 * 3 + 1], 3);
  EXPECT_EQ(cloud.sh[1 * 12 + 3 * 3 + 1], -10);
}

TEST(Sog, VersionOneHasStepsInsteadOfCodebooks) {
  HandMadeSog sog;
  sog.meta.erase("version");
  sog.meta.erase("count");
  sog.meta["means"]["shape"] = {4, 3};
  sog.meta["scales"] = {{"mins", {-10, -10, -10}}, {"maxs", {0, 0, 245}}, {"files", {"scales.webp"}}};
  sog.meta["sh0"] = {{"mins", {0, 0, 0, -5}}, {"maxs", {255, 255, 255, 505}}, {"files", {"sh0.webp"}}};
  sog.meta["shN"] = {{"mins", -255}, {"maxs", 255}, {"files", {"palette.webp", "labels.webp"}}};
  sog.pixel("scales.webp", 1)[2] = 255;
  sog.pixel("sh0.webp", 1)[0] = 7;
  sog.pixel("sh0.webp", 1)[3] = 10;  // the logit itself, in steps of 2
  sog.pixel("palette.webp", 0)[2] = 130;
  const auto cloud = sog.read();
  ASSERT_EQ(cloud.sh_degree, 1);  // told by the palette's width
  EXPECT_FLOAT_EQ(cloud.log_scales[5], 245);
  EXPECT_FLOAT_EQ(cloud.sh[12], 7);
  EXPECT_FLOAT_EQ(cloud.opacity_logits[1], 15);
  EXPECT_NEAR(cloud.sh[3 + 2], 5, 1e-4);
}

// What @playcanvas/splat-transform 2.7.1 reads from the same file.
TEST(Sog, IsReadAsItsAuthorsReadIt) {
  const auto cloud = read_splats(std::string(RETORT_SOURCE_DIR) + "/tests/fuzz/corpus/sog/harmonics.sog");
  ASSERT_EQ(cloud.size(), 4);
  EXPECT_NEAR(cloud.means[0], -0.9863, 1e-4);
  EXPECT_NEAR(cloud.means[1], -1.7183, 1e-4);
  EXPECT_EQ(cloud.log_scales[0], -5.5f);
  const float rotation[4] = {-0.4853f, 0.3527f, -0.7071f, -0.3744f};
  for (int index = 0; index < 4; ++index) EXPECT_NEAR(cloud.quaternions[index], rotation[index], 1e-4) << index;
  EXPECT_NEAR(cloud.opacity_logits[0], 4.8402, 1e-3);
  EXPECT_EQ(cloud.sh[0], -5.5f);
  EXPECT_EQ(cloud.sh[2], -4.25f);
  const float rest[3] = {-7.9375f, -7.875f, -7.8125f};
  for (int index = 0; index < 9; ++index) EXPECT_EQ(cloud.sh[3 + index], rest[index % 3]) << index;
}

TEST(Sog, OtherVersionsAreRefusedByNumber) {
  HandMadeSog sog;
  sog.meta["version"] = 3;
  expect_refused_for(sog, "SOG of version 3; 1 and 2 are read");
}

TEST(Sog, NamesMustStayInTheFolder) {
  for (const char* name : {"../low.webp", "/etc/passwd", "..", "", ".hidden", "sub/low.webp", "sub\\low.webp"}) {
    HandMadeSog sog;
    sog.meta["means"]["files"][0] = name;
    expect_refused_for(sog, "only names of files beside meta.json");
  }
}

TEST(Sog, ClaimsAreHeldAgainstThePictures) {
  HandMadeSog many;
  many.meta["count"] = 5;
  expect_refused_for(many, "2x2 pixels for 5 splats");

  HandMadeSog bomb;  // pictures of one colour take a few bytes at any size
  bomb.meta["count"] = 1 << 22;
  for (auto& [name, picture] : bomb.pictures) {
    if (name != "palette.webp") picture = io::make_image(2048, 2048, 4);
  }
  expect_refused_for(bomb, "can't hold 4194304 splats");

  HandMadeSog spare;
  spare.pictures["sh0.webp"] = io::make_image(1024, 1024, 4);
  expect_refused_for(spare, "sh0.webp: 1024x1024 pixels for 4 splats");

  HandMadeSog palette;
  palette.pictures["palette.webp"] = io::make_image(64 * 8, 1, 4);
  expect_refused_for(palette, "palette.webp: 512x1 pixels");

  HandMadeSog entries;
  entries.meta["shN"]["count"] = 65;
  expect_refused_for(entries, "palette of 65 entries");
}

TEST(Sog, NumbersOutsideTheirRangeAreRefused) {
  HandMadeSog label;
  label.pixel("labels.webp", 3)[1] = 1;
  expect_refused_for(label, "labels.webp: splat 3 names entry 256 of a palette of 2");

  HandMadeSog rotation;
  rotation.pixel("quats.webp", 1)[3] = 7;
  expect_refused_for(rotation, "the rotation of splat 1 has alpha 7");

  HandMadeSog bands;
  bands.meta["shN"]["bands"] = 4;
  expect_refused_for(bands, "of no degree from 0 to 3");

  HandMadeSog position;
  position.meta["means"]["maxs"][2] = 1e30;
  expect_refused_for(position, "1e+30 where a number up to 88 should stand");

  HandMadeSog codebook;
  codebook.meta["sh0"]["codebook"] = json::array();
  expect_refused_for(codebook, "no list of 1 to 256 numbers");

  HandMadeSog nothing;
  nothing.meta = json::array();
  expect_refused_for(nothing, "meta.json is no object");
}

TEST(Sog, ArchivesOfOtherThingsAreRefused) {
  HandMadeSog sog;
  sog.pictures.erase("quats.webp");
  expect_refused_for(sog, "the archive has no member 'quats.webp'");
}

TEST(Sog, FoldersAreReadByTheirPlace) {
  const HandMadeSog sog;
  const tests::TemporaryFolder folder;
  for (const auto& [name, content] : sog.files()) io::write_whole_file(folder / name, content);
  EXPECT_EQ(read_splats(folder.path()).size(), 4);
  EXPECT_EQ(read_splats(folder / "meta.json").sh, sog.read().sh);
  std::filesystem::remove(folder / "low.webp");
  EXPECT_NE(tests::refusal_of([&] { read_splats(folder.path()); }).find("low.webp"), std::string::npos);
}

TEST(Sog, FolderAndArchiveHoldTheSameFiles) {
  const tests::TemporaryFolder folder;
  const auto cloud = HandMadeSog().read();
  write_sog(folder / "a.sog", cloud);
  write_sog_folder(folder / "a/meta.json", cloud);
  const io::ZipArchive archive(io::map_file(folder / "a.sog"), "a.sog");
  EXPECT_EQ(archive.members().size(), 8u);
  for (const auto& [name, member] : archive.members()) {
    const auto content = archive.read(name, 1 << 20).bytes;
    EXPECT_EQ(io::read_whole_file(folder / "a" / name, 1 << 20), std::string(content.begin(), content.end())) << name;
  }
}

// Checksums of an archive would keep damaged pictures from their decoder: here the files of a folder are damaged.
TEST(Sog, DamagedFilesAreRefused) {
  HandMadeSog sog;
  sog.meta["scales"]["codebook"] = sog.meta["sh0"]["codebook"] = {0.5, 1};
  sog.meta["shN"]["codebook"] = {0.5};
  const tests::TemporaryFolder folder;
  const auto files = sog.files();
  for (const auto& [name, content] : files) io::write_whole_file(folder / name, content);
  for (const auto& [name, content] : files) {
    tests::damage_everywhere(content, [&, file = name](const std::string& damaged) {
      std::ofstream(folder / file, std::ios::binary) << damaged;
      read_splats(folder.path());
    });
    io::write_whole_file(folder / name, content);
  }
  EXPECT_EQ(read_splats(folder.path()).size(), 4);
  sog.meta.erase("shN");
  tests::damage_everywhere(sog.archive(), [](const std::string& damaged) { read_sog(io::as_bytes(damaged), "a.sog"); });
}

TEST(Sog, AFolderWithoutItsPlaceIsRefused) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW(write_sog_folder(folder / "absent/inner/meta.json", make_cloud(1, 0)), UserError);
}

}  // namespace
}  // namespace retort::field
