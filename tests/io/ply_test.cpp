#include "io/ply.h"

#include <gtest/gtest.h>

#include "io/bytes.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;
using tests::TemporaryFolder;

PlyVertices ply_of(const std::string& content) { return decode_ply(as_bytes(content), "cloud.ply"); }

std::string ply_refusal(const std::string& content) {
  return refusal_of([&] { ply_of(content); });
}

const std::string binary_head = "ply\nformat binary_little_endian 1.0\n";
const std::string ascii_head = "ply\nformat ascii 1.0\ncomment made for a test\n";

TEST(Ply, written_rows_come_back) {
  TemporaryFolder folder;
  PlyWriter writer(folder / "a.ply", {"x", "y", "opacity"}, 3, {"a comment"});
  const std::vector<float> values = {1, 2, 3, 4.5F, -5, 6, 7e30F, 8, -0.0F};
  writer.write_rows(std::span(values).first(3));
  writer.write_rows(std::span(values).subspan(3));
  EXPECT_FALSE(std::filesystem::exists(folder / "a.ply"));
  writer.commit();
  const auto read = read_ply(folder / "a.ply");
  EXPECT_EQ(read.rows, 3);
  EXPECT_EQ(read.values, values);
  EXPECT_EQ(read.column("opacity"), 2);
  EXPECT_EQ(read.column("z"), std::nullopt);
}

TEST(Ply, writer_holds_its_promise) {
  TemporaryFolder folder;
  PlyWriter writer(folder / "a.ply", {"x", "y"}, 2);
  const float row[] = {1, 2};
  writer.write_rows(row);
  EXPECT_THROW(writer.commit(), Fault);
  EXPECT_THROW(writer.write_rows(std::span(row).first(1)), Fault);
  EXPECT_THROW(PlyWriter(folder / "b.ply", {"two words"}, 1), Fault);
}

TEST(Ply, all_types_lists_and_other_elements_in_binary) {
  ByteWriter out;
  out.write_text(
      binary_head +
      "element camera 2\nproperty double t\nproperty list uchar short ids\nelement vertex 2\nproperty char a\n"
      "property list uint8 int32 neighbours\nproperty uchar b\nproperty short c\nproperty ushort d\nproperty int e\n"
      "property uint f\nproperty float32 g\nproperty double h\nelement face 9\nproperty list uchar int v\n"
      "end_header\n");
  for (int camera = 0; camera < 2; ++camera) {
    out.write(1.0);
    out.write(uint8_t(camera));
    for (int i = 0; i < camera; ++i) out.write(int16_t(7));
  }
  for (int row = 0; row < 2; ++row) {
    out.write(int8_t(-1));
    out.write(uint8_t(row));
    for (int i = 0; i < row; ++i) out.write(int32_t(99));
    out.write(uint8_t(200));
    out.write(int16_t(-300));
    out.write(uint16_t(60000));
    out.write(int32_t(-70000));
    out.write(uint32_t(3000000000U));
    out.write(1.5F);
    out.write(2.5 + row);
  }
  const auto vertices = ply_of(out.bytes());  // the faces are cut off, and nobody asked for them
  EXPECT_EQ(vertices.names, (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "h"}));
  EXPECT_EQ(vertices.values, (std::vector<float>{-1, 200, -300, 60000, -70000, 3e9F, 1.5F, 2.5F,  //
                                                 -1, 200, -300, 60000, -70000, 3e9F, 1.5F, 3.5F}));
}

TEST(Ply, ascii_with_carriage_returns_and_lists) {
  const auto vertices = ply_of(ascii_head +
                               "element vertex 2\r\nproperty float x\r\nproperty list uchar int v\r\n"
                               "property uchar red\r\nend_header\r\n1.5 2 8 9 255\r\n-2e1 0 7");
  EXPECT_EQ(vertices.values, (std::vector<float>{1.5F, 255, -20, 7}));
}

TEST(Ply, damage_is_refused_with_the_file_and_the_fault) {
  EXPECT_NE(ply_refusal("").find("cloud.ply"), std::string::npos);
  EXPECT_NE(ply_refusal("plx\n").find("does not begin with 'ply'"), std::string::npos);
  EXPECT_NE(ply_refusal("ply\nformat binary_middle_endian 1.0\n").find("save it as binary_little_endian"),
            std::string::npos);
  EXPECT_NE(ply_refusal(binary_head + "element vertex 1\nproperty quad x\n").find("unknown property type 'quad'"),
            std::string::npos);
  EXPECT_NE(ply_refusal(binary_head + "element vertex -3\n").find("element NAME COUNT"), std::string::npos);
  EXPECT_NE(ply_refusal(binary_head + "end_header\n").find("no element 'vertex'"), std::string::npos);
  EXPECT_NE(ply_refusal(binary_head + "element vertex 4000000000000\nproperty float x\nend_header\nabcd")
                .find("4000000000000 rows of 'vertex' do not fit"),
            std::string::npos);
  EXPECT_NE(ply_refusal(binary_head + "element vertex 9\nproperty list uchar int v\nend_header\n123456789abc")
                .find("no scalar property"),
            std::string::npos);
  EXPECT_NE(ply_refusal(binary_head + "element rows 99999999999\nelement vertex 0\nproperty float x\nend_header\n")
                .find("do not fit"),
            std::string::npos);
  EXPECT_NE(ply_refusal(ascii_head + "element vertex 1\nproperty float x\nend_header\nabc ").find("expected a number"),
            std::string::npos);
  EXPECT_NE(
      ply_refusal(ascii_head + "element vertex 1\nproperty list uchar int v\nproperty float x\nend_header\n9999 1 ")
          .find("longer than the file"),
      std::string::npos);
}

TEST(Ply, every_cut_is_refused) {
  TemporaryFolder folder;
  PlyWriter writer(folder / "a.ply", {"x", "y"}, 4);
  writer.write_rows(std::vector<float>(8, 1.0F));
  writer.commit();
  const std::string whole = read_whole_file(folder / "a.ply", 1 << 20);
  for (size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(ply_refusal(whole.substr(0, length)).empty());
  tests::damage_everywhere(whole, [](const std::string& content) { ply_of(content); });
}

TEST(Ply, ReadsBigEndianFiles) {
  using namespace std::string_literals;
  const std::string file =
      "ply\nformat binary_big_endian 1.0\nelement vertex 1\nproperty float x\nproperty ushort n\nproperty double d\n"
      "end_header\n"s +
      "\x3f\xc0\x00\x00"s + "\x01\x02"s + "\xc0\x00\x00\x00\x00\x00\x00\x00"s;
  const auto vertices = decode_ply(as_bytes(file), "big.ply");
  EXPECT_EQ(vertices.values, (std::vector<float>{1.5f, 258, -2}));
}

TEST(Ply, KeepsAllBitsOfAllElements) {
  using namespace std::string_literals;
  const std::string file =
      "ply\nformat binary_little_endian 1.0\nelement chunk 1\nproperty float a\nelement vertex 1\nproperty uint p\n"
      "end_header\n"s +
      "\x00\x00\x80\x3f"s + "\xff\xff\xff\xff"s;
  const auto tables = decode_ply_tables(as_bytes(file), "packed.ply");
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].name, "chunk");
  EXPECT_EQ(tables[1].values, (std::vector<double>{4294967295.0}));
  EXPECT_EQ(tables[1].names, (std::vector<std::string>{"p"}));
}

}  // namespace
}  // namespace retort::io
