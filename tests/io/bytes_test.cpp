#include "io/bytes.h"

#include <gtest/gtest.h>

#include "io/atomic_file.h"
#include "io/mapped_file.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;

TEST(ByteReader, reads_unaligned_values_and_texts) {
  ByteWriter out;
  out.write<uint8_t>(7);
  out.write<uint32_t>(0x01020304);
  out.write<double>(-2.5);
  out.write_text("line\nrest");
  ByteReader in(as_bytes(out.bytes()), "sample");
  EXPECT_EQ(in.read<uint8_t>(), 7);
  EXPECT_EQ(in.read<uint32_t>(), 0x01020304u);
  EXPECT_EQ(in.read<double>(), -2.5);
  EXPECT_EQ(in.text_until('\n', 100), "line");
  EXPECT_TRUE(in.begins_with("re"));
  EXPECT_FALSE(in.begins_with("resting"));
  EXPECT_EQ(in.text(4), "rest");
  EXPECT_TRUE(in.at_end());
}

TEST(ByteReader, refuses_every_step_too_far) {
  const std::string bytes = "abc";
  ByteReader in(as_bytes(bytes), "sample.bin");
  EXPECT_NE(refusal_of([&] { in.read<uint32_t>(); }).find("sample.bin: the file is cut off (at byte 0)"),
            std::string::npos);
  EXPECT_NE(refusal_of([&] { in.take(SIZE_MAX); }).find("cut off"), std::string::npos);
  EXPECT_NE(refusal_of([&] { in.seek(4); }).find("behind the end"), std::string::npos);
  EXPECT_NE(refusal_of([&] { in.part(2, SIZE_MAX); }).find("outside"), std::string::npos);
  EXPECT_NE(refusal_of([&] { in.text_until('x', SIZE_MAX - 1); }).find("no end"), std::string::npos);
  EXPECT_NE(refusal_of([&] { in.text_until('c', 1); }).find("no end"), std::string::npos);
  EXPECT_EQ(in.text_until('c', 2), "ab");
  EXPECT_NE(refusal_of([&] { in.require(false, "too many points", 12); }).find("too many points: 12"),
            std::string::npos);
}

TEST(MappedFile, shows_a_file_and_takes_an_empty_one) {
  tests::TemporaryFolder folder;
  write_whole_file(folder / "file", "content");
  write_whole_file(folder / "empty", "");
  const SharedBytes bytes = map_file(folder / "file");
  std::filesystem::remove(folder / "file");
  EXPECT_EQ(std::string(bytes.bytes.begin(), bytes.bytes.end()), "content");
  EXPECT_TRUE(map_file(folder / "empty").bytes.empty());
  EXPECT_NE(refusal_of([&] { map_file(folder / "absent"); }).find("No such file"), std::string::npos);
  EXPECT_NE(refusal_of([&] { map_file(folder.path()); }).find("folder"), std::string::npos);
}

}  // namespace
}  // namespace retort::io
