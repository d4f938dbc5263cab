#include "io/zip.h"

#include <gtest/gtest.h>

#include "io/bytes.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;
using tests::TemporaryFolder;

constexpr uint64_t zip_plenty = 1 << 20;

std::string member_text(const SharedBytes& bytes) { return {bytes.bytes.begin(), bytes.bytes.end()}; }

std::string zip_corpus_file(const std::string& name) {
  return read_whole_file(std::string(RETORT_SOURCE_DIR) + "/tests/fuzz/corpus/zip/" + name, zip_plenty);
}

// Two stored members, "one" and "two".
std::string sample_archive() {
  TemporaryFolder folder;
  ZipWriter writer(folder / "a.zip");
  writer.add("one", "first content");
  writer.add("two", "head ", "and body");
  writer.commit();
  return read_whole_file(folder / "a.zip", zip_plenty);
}

std::string refusal_of_reading(std::string archive, const std::string& member, uint64_t max_bytes = zip_plenty) {
  return refusal_of([&] { ZipArchive(share_bytes(std::move(archive)), "a.zip").read(member, max_bytes); });
}

TEST(Zip, reads_back_what_it_wrote_at_aligned_places) {
  const SharedBytes file = share_bytes(sample_archive());
  EXPECT_TRUE(looks_like_zip(file.bytes));
  const ZipArchive archive(file, "a.zip");
  EXPECT_EQ(archive.members().size(), 2u);
  EXPECT_EQ(member_text(archive.read("one", zip_plenty)), "first content");
  EXPECT_EQ(member_text(archive.read("two", zip_plenty)), "head and body");
  EXPECT_EQ((archive.read("two", zip_plenty).bytes.data() - file.bytes.data()) % 64, 0);
}

TEST(Zip, reads_deflated_zip64_and_commented_archives) {
  for (const char* name : {"deflated.npz", "zip64.npz", "comment.npz"}) {
    const ZipArchive archive(share_bytes(zip_corpus_file(name)), name);
    EXPECT_EQ(member_text(archive.read("a.npy", zip_plenty)).substr(1, 5), "NUMPY") << name;
  }
}

TEST(Zip, refuses_bombs_before_unpacking) {
  EXPECT_NE(refusal_of_reading(zip_corpus_file("bomb.npz"), "a.npy", UINT64_MAX).find("impossible"), std::string::npos);
  EXPECT_NE(refusal_of_reading(sample_archive(), "one", 5).find("has 13 bytes; at most 5"), std::string::npos);
}

TEST(Zip, refuses_overlapping_members) {
  // Both directory entries point to the first member.
  std::string archive = sample_archive();
  const size_t second_entry = archive.rfind("PK\1\2");
  archive.replace(second_entry + 42, 4, std::string(4, '\0'));
  EXPECT_NE(refusal_of_reading(archive, "one").find("overlap"), std::string::npos);
}

TEST(Zip, refuses_damage_by_member) {
  std::string wrong_content = sample_archive();
  wrong_content[wrong_content.find("first")] = 'F';
  EXPECT_EQ(refusal_of_reading(wrong_content, "one"),
            "a.zip: member 'one': its checksum is wrong; the file is damaged");
  std::string encrypted = sample_archive();
  encrypted[encrypted.find("PK\1\2") + 8] = 1;
  EXPECT_NE(refusal_of_reading(encrypted, "one").find("encrypted"), std::string::npos);
  std::string other_method = sample_archive();
  other_method[other_method.find("PK\1\2") + 10] = 12;
  EXPECT_NE(refusal_of_reading(other_method, "one").find("method 12"), std::string::npos);
  EXPECT_NE(refusal_of_reading(sample_archive(), "three").find("no member 'three'"), std::string::npos);
  EXPECT_NE(refusal_of_reading("PK\3\4", "one").find("too short"), std::string::npos);
}

TEST(Zip, survives_damage_everywhere) {
  for (const std::string& archive : {sample_archive(), zip_corpus_file("deflated.npz"), zip_corpus_file("zip64.npz")}) {
    tests::damage_everywhere(archive, [](const std::string& damaged) {
      const ZipArchive parsed(share_bytes(damaged), "damaged");
      for (const auto& [name, facts] : parsed.members()) parsed.read(name, zip_plenty);
    });
  }
}

}  // namespace
}  // namespace retort::io
