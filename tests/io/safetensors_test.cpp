#include "io/safetensors.h"

#include <gtest/gtest.h>

#include "io/atomic_file.h"
#include "io/bytes.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;
using tests::TemporaryFolder;

std::string safetensors_of(const std::string& header, const std::string& data) {
  ByteWriter out;
  out.write<uint64_t>(header.size());
  out.write_text(header);
  out.write_text(data);
  return out.take();
}

Safetensors parse_safetensors_text(const std::string& content) {
  return parse_safetensors(share_bytes(content), "sample");
}

std::string safetensors_refusal(const std::string& header, const std::string& data) {
  return refusal_of([&] { parse_safetensors_text(safetensors_of(header, data)); });
}

NamedArrays some_arrays() {
  return {{"zeta", make_array({2, 2}, std::vector<float>{1, 2, 3, 4})},
          {"alpha", make_array({3}, std::vector<uint8_t>{7, 8, 9})},
          {"empty", make_array(DType::f16, {0, 5}, "")},
          {"scalar", make_array({}, std::vector<int64_t>{-1})}};
}

TEST(Safetensors, round_trip_keeps_everything_and_repeats_its_bytes) {
  TemporaryFolder folder;
  const StringMap metadata = {{"format", "pt"}, {"note", "grüße\n"}};
  write_safetensors(folder / "a.safetensors", some_arrays(), metadata);
  write_safetensors(folder / "b.safetensors", some_arrays(), metadata);
  const std::string content = read_whole_file(folder / "a.safetensors", 1 << 20);
  EXPECT_EQ(content, read_whole_file(folder / "b.safetensors", 1 << 20));
  EXPECT_EQ(ByteReader(as_bytes(content), "").read<uint64_t>() % 8, 0u);
  const Safetensors read = read_safetensors(folder / "a.safetensors");
  EXPECT_EQ(read.metadata, metadata);
  ASSERT_EQ(read.tensors.size(), 4u);
  for (const auto& [name, wanted] : some_arrays()) {
    const Array& got = read.tensors.at(name);
    EXPECT_EQ(got.dtype, wanted.dtype) << name;
    EXPECT_EQ(got.shape, wanted.shape) << name;
    EXPECT_TRUE(std::equal(got.bytes().begin(), got.bytes().end(), wanted.bytes().begin(), wanted.bytes().end()));
  }
}

TEST(Safetensors, takes_unaligned_tensors) {
  const auto file = parse_safetensors_text(safetensors_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                                          R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}} )",
                                                          std::string("\x01\x00\x00\x80\x3f", 5)));
  EXPECT_EQ(file.tensors.at("b").to_floats(), std::vector<float>{1.0f});
}

TEST(Safetensors, refuses_wrong_headers_by_tensor) {
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  const std::string four(4, 'x');
  EXPECT_EQ(safetensors_refusal(entry("F32", "[2]", "[0,4]"), four),
            "sample: tensor 'w': shape [2] of F32 takes 8 bytes, but data_offsets are 0 and 4");
  EXPECT_NE(safetensors_refusal(entry("F8", "[1]", "[0,4]"), four).find("dtype F8 is not supported"),
            std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[-1]", "[0,4]"), four).find("whole number"), std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[1.0]", "[0,4]"), four).find("whole number"), std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[1099511627776,1099511627776]", "[0,4]"), four).find("too large"),
            std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[18446744073709551615]", "[0,4]"), four).find("too large"),
            std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[1]", "[4,0]"), four).find("data_offsets are 4 and 0"),
            std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[2]", "[0,8]"), four).find("cut off"), std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[1]", "[4,8]"), "12345678").find("gap"), std::string::npos);
  EXPECT_NE(safetensors_refusal(entry("F32", "[1]", "[0,4]"), "12345").find("belong to none"), std::string::npos);
  EXPECT_NE(safetensors_refusal(R"({"w":{"dtype":"F32","shape":[1]}})", four).find("exactly dtype"), std::string::npos);
  EXPECT_NE(safetensors_refusal(R"({"__metadata__":{"a":1}})", "").find("must be a text"), std::string::npos);
  EXPECT_NE(safetensors_refusal("[]", "").find("JSON object"), std::string::npos);
  EXPECT_NE(safetensors_refusal("{", "").find("no valid JSON"), std::string::npos);
}

TEST(Safetensors, refuses_overlaps_and_repeated_names) {
  EXPECT_NE(safetensors_refusal(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                                "123456")
                .find("overlaps"),
            std::string::npos);
  EXPECT_NE(safetensors_refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                                "1")
                .find("'a' twice"),
            std::string::npos);
}

TEST(Safetensors, refuses_a_ten_gigabyte_header_without_allocating) {
  ByteWriter out;
  out.write<uint64_t>(uint64_t{10} << 30);
  out.write_text("{}");
  EXPECT_NE(refusal_of([&] { parse_safetensors_text(out.bytes()); }).find("more than the format's limit"),
            std::string::npos);
  ByteWriter within_limit;
  within_limit.write<uint64_t>(90'000'000);
  within_limit.write_text("{}");
  EXPECT_NE(refusal_of([&] { parse_safetensors_text(within_limit.bytes()); }).find("cut off"), std::string::npos);
}

TEST(Safetensors, survives_damage_everywhere) {
  TemporaryFolder folder;
  write_safetensors(folder / "a", some_arrays(), {{"k", "v"}});
  tests::damage_everywhere(read_whole_file(folder / "a", 1 << 20),
                           [](const std::string& damaged) { parse_safetensors_text(damaged); });
}

TEST(SafetensorsIndex, joins_shards_and_refuses_escapes) {
  TemporaryFolder folder;
  const NamedArrays all = some_arrays();
  write_safetensors(folder / "m-1.safetensors", {{"zeta", all.at("zeta")}, {"alpha", all.at("alpha")}});
  write_safetensors(folder / "m-2.safetensors", {{"scalar", all.at("scalar")}});
  const auto index = folder / "m.safetensors.index.json";
  write_whole_file(index, R"({"metadata":{"total_size":1},"weight_map":{"zeta":"m-1.safetensors",)"
                          R"("scalar":"m-2.safetensors"}})");
  const auto read = read_safetensors_index(index);
  EXPECT_EQ(read.tensors.size(), 2u);
  EXPECT_EQ(read.tensors.at("scalar").to_integers(""), std::vector<int64_t>{-1});
  for (const char* shard : {"../m-1.safetensors", "/etc/passwd", "..", "", "a/b"}) {
    write_whole_file(index, std::string(R"({"weight_map":{"zeta":")") + shard + "\"}}");
    EXPECT_NE(refusal_of([&] { read_safetensors_index(index); }).find("beside the index"), std::string::npos) << shard;
  }
  write_whole_file(index, R"({"weight_map":{"other":"m-1.safetensors"}})");
  EXPECT_NE(refusal_of([&] { read_safetensors_index(index); }).find("lacks tensor 'other'"), std::string::npos);
  write_whole_file(index, "{}");
  EXPECT_NE(refusal_of([&] { read_safetensors_index(index); }).find("weight_map"), std::string::npos);
}

}  // namespace
}  // namespace retort::io
