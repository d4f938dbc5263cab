#include "io/tar.h"

#include <gtest/gtest.h>

#include "io/bytes.h"
#include "support/hostile_input.h"
#include "support/tar_writer.h"

namespace retort::io {
namespace {

using tests::tar_end;
using tests::tar_entry;

std::vector<std::string> contents_of(const std::string& archive) {
  std::vector<std::string> found;
  for (const auto& member : tar_members(as_bytes(archive), "sample.tar")) {
    found.push_back(member.name + "=" + archive.substr(member.offset, member.size));
  }
  return found;
}

using Found = std::vector<std::string>;

TEST(Tar, gives_regular_files_in_order) {
  const std::string archive = tar_entry("./b/", "", '5') + tar_entry("./b/2.txt", "two") + tar_entry("a", "") +
                              tar_entry("link", "", '2') + tar_entry("old", "x", '\0') + tar_end;
  EXPECT_EQ(contents_of(archive), (Found{"b/2.txt=two", "a=", "old=x"}));
  EXPECT_TRUE(looks_like_tar(as_bytes(archive)));
  EXPECT_FALSE(looks_like_tar(as_bytes(tar_end)));
}

TEST(Tar, joins_the_prefix_of_long_names) {
  EXPECT_EQ(contents_of(tar_entry("n.txt", "1", '0', "far/away") + tar_end), (Found{"far/away/n.txt=1"}));
}

TEST(Tar, takes_long_names_of_gnu_and_pax) {
  const std::string long_name = std::string(150, 'd') + "/file";
  const std::string record = " path=" + long_name + "\n";
  // The length counts itself: 3 digits here.
  const std::string pax = std::to_string(record.size() + 3) + record;
  EXPECT_EQ(contents_of(tar_entry("././@LongLink", long_name + '\0', 'L') + tar_entry("cut", "1") +
                        tar_entry("next", "2") + tar_end),
            (Found{long_name + "=1", "next=2"}));
  EXPECT_EQ(contents_of(tar_entry("pax", pax, 'x') + tar_entry("cut", "1") + tar_entry("next", "2") + tar_end),
            (Found{long_name + "=1", "next=2"}));
}

TEST(Tar, takes_the_size_of_pax) {
  EXPECT_EQ(contents_of(tar_entry("pax", "10 size=3\n", 'x') + tests::tar_header("f", 0) + "abc" +
                        std::string(509, '\0') + tar_end),
            (Found{"f=abc"}));
}

TEST(Tar, says_what_is_wrong) {
  const std::string good = tar_entry("a", "text") + tar_end;
  const auto refusal = [](const std::string& archive) {
    return tests::refusal_of([&] { tar_members(as_bytes(archive), "sample.tar"); });
  };
  EXPECT_EQ(refusal(good.substr(0, 1024)), "sample.tar: the archive is cut off: it has no end marker (at byte 1024)");
  std::string flipped = good;
  flipped[1] = 'x';
  EXPECT_NE(refusal(flipped).find("checksum is wrong"), std::string::npos);
  EXPECT_NE(refusal(tests::tar_header("a", 5000) + tar_end).find("larger than what remains of the archive: 5000"),
            std::string::npos);
  EXPECT_NE(refusal(tar_entry("pax", "99 path=x\n", 'x') + tar_end).find("pax header is malformed"), std::string::npos);
  EXPECT_NE(refusal(tar_entry("pax", "11 size=-3\n", 'x') + tar_end).find("bad size"), std::string::npos);
}

TEST(Tar, survives_damage_everywhere) {
  const std::string record = "18 path=long/name\n";
  const std::string archive = tar_entry("pax", record, 'x') + tar_entry("a", "text") +
                              tar_entry("././@LongLink", "some/name", 'L') + tar_entry("b", "1");
  tests::damage_everywhere(archive + std::string(512, '\0'), [](const std::string& damaged) {
    for (const auto& member : tar_members(as_bytes(damaged), "damaged")) {
      EXPECT_LE(member.offset + member.size, damaged.size());
    }
  });
}

}  // namespace
}  // namespace retort::io
