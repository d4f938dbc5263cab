#include "io/npy.h"

#include <gtest/gtest.h>

#include "io/atomic_file.h"
#include "io/bytes.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::refusal_of;
using tests::TemporaryFolder;

std::string npy_of(const std::string& header, const std::string& data) {
  ByteWriter out;
  out.write_text("\x93NUMPY");
  out.write<uint8_t>(1);
  out.write<uint8_t>(0);
  out.write<uint16_t>(static_cast<uint16_t>(header.size()));
  out.write_text(header);
  out.write_text(data);
  return out.take();
}

Array parse_npy_text(const std::string& content) { return parse_npy(share_bytes(content), "sample.npy"); }

std::string npy_refusal(const std::string& header, const std::string& data = "") {
  return refusal_of([&] { parse_npy_text(npy_of(header, data)); });
}

TEST(Npy, round_trip_of_every_dtype_and_rank) {
  TemporaryFolder folder;
  for (const DType dtype :
       {DType::f64, DType::f32, DType::f16, DType::i64, DType::i32, DType::i16, DType::i8, DType::u8, DType::boolean}) {
    for (const std::vector<int64_t>& shape :
         {std::vector<int64_t>{}, std::vector<int64_t>{3}, std::vector<int64_t>{2, 3}, std::vector<int64_t>{0, 2, 5}}) {
      std::string bytes(*byte_count(dtype, shape), '\0');
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 2);
      write_npy(folder / "a.npy", make_array(dtype, shape, bytes));
      const Array read = read_npy(folder / "a.npy");
      EXPECT_EQ(read.dtype, dtype);
      EXPECT_EQ(read.shape, shape);
      EXPECT_EQ(std::string(read.bytes().begin(), read.bytes().end()), bytes);
    }
  }
  EXPECT_THROW(write_npy(folder / "b.npy", make_array(DType::bf16, {1}, "xx")), Fault);
}

TEST(Npy, writes_a_head_of_whole_cache_lines) {
  TemporaryFolder folder;
  write_npy(folder / "a.npy", make_array({2}, std::vector<float>{1, 2}));
  const std::string content = read_whole_file(folder / "a.npy", 1000);
  EXPECT_EQ((content.size() - 8) % 64, 0u);
  EXPECT_NE(content.find("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"), std::string::npos);
}

TEST(Npy, transposes_fortran_order) {
  const Array array = parse_npy_text(
      npy_of("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", std::string("\0\3\1\4\2\5", 6)));
  EXPECT_EQ(array.to_integers(""), (std::vector<int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Npy, reads_headers_of_other_writers) {
  const Array array =
      parse_npy_text(npy_of(R"({"shape":(1L,2L),"fortran_order":False,"descr":"<i2"})", std::string("\1\0\2\0", 4)));
  EXPECT_EQ(array.to_integers(""), (std::vector<int64_t>{1, 2}));
}

TEST(Npy, says_what_it_refuses) {
  EXPECT_NE(npy_refusal("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }").find("big-endian"),
            std::string::npos);
  EXPECT_NE(npy_refusal("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }").find("Python objects"),
            std::string::npos);
  EXPECT_NE(npy_refusal("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }").find("'<c8' is not supported"),
            std::string::npos);
  EXPECT_NE(npy_refusal("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }").find("several fields"),
            std::string::npos);
  EXPECT_NE(
      npy_refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }").find("too large"),
      std::string::npos);
  EXPECT_NE(npy_refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234").find("cut off"),
            std::string::npos);
  EXPECT_NE(npy_refusal("{'descr': '<f4', 'fortran_order': False}").find("malformed"), std::string::npos);
  EXPECT_NE(refusal_of([] { parse_npy_text("hello"); }).find("no NumPy file"), std::string::npos);
}

TEST(Npy, survives_damage_everywhere) {
  const std::string content =
      npy_of("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", std::string(24, 'x'));
  tests::damage_everywhere(content, [](const std::string& damaged) { parse_npy_text(damaged); });
}

TEST(Npz, round_trip_repeats_its_bytes) {
  TemporaryFolder folder;
  const NamedArrays arrays = {{"a", make_array({2}, std::vector<float>{1, 2})},
                              {"b/c", make_array({1}, std::vector<int64_t>{5})},
                              {"größe", make_array({0}, std::vector<float>{})}};
  write_npz(folder / "a.npz", arrays);
  write_npz(folder / "b.npz", arrays);
  EXPECT_EQ(read_whole_file(folder / "a.npz", 1 << 20), read_whole_file(folder / "b.npz", 1 << 20));
  const NamedArrays read = read_npz(folder / "a.npz");
  EXPECT_EQ(read.size(), 3u);
  EXPECT_EQ(read.at("b/c").to_integers(""), std::vector<int64_t>{5});
}

TEST(Npz, survives_damage_everywhere) {
  TemporaryFolder folder;
  write_npz(folder / "a.npz", {{"a", make_array({2}, std::vector<float>{1, 2})}});
  tests::damage_everywhere(read_whole_file(folder / "a.npz", 1 << 20),
                           [](const std::string& damaged) { parse_npz(share_bytes(damaged), "damaged"); });
}

}  // namespace
}  // namespace retort::io
