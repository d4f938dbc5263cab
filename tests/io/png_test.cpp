// The 16-bit reader of depth files; 8-bit pictures are in image_test.cpp.
#include "io/png.h"

#include <gtest/gtest.h>

#include "support/grey16_png.h"
#include "support/hostile_input.h"

namespace retort::io {
namespace {

using tests::grey16_png;
using tests::refusal_of;

std::span<const uint8_t> depth_file_bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::vector<uint16_t> sample_depth(int width, int height) {
  std::vector<uint16_t> pixels;
  for (int i = 0; i < width * height; ++i) pixels.push_back(uint16_t(i * 257 + 1));
  pixels[0] = 0;
  pixels.back() = UINT16_MAX;
  return pixels;
}

TEST(PngGrey16, every_number_comes_out_as_it_went_in) {
  for (const bool interlaced : {false, true}) {
    const auto depth = decode_png_grey16(depth_file_bytes(grey16_png(7, 5, sample_depth(7, 5), interlaced)), "d.png");
    EXPECT_EQ(depth.width, 7);
    EXPECT_EQ(depth.height, 5);
    EXPECT_EQ(depth.pixels, sample_depth(7, 5));
  }
}

TEST(PngGrey16, other_pictures_are_refused) {
  const auto eight_bits = encode_png(make_image(4, 3, 1)), colour = encode_png(make_image(4, 3, 3));
  for (const auto& file : {eight_bits, colour, std::string("no PNG"), std::string()}) {
    EXPECT_NE(refusal_of([&] {
                decode_png_grey16(depth_file_bytes(file), "d.png");
              }).find("d.png: not a grey PNG of 16 bits"),
              std::string::npos);
  }
}

TEST(PngGrey16, damage_is_refused_or_harmless) {
  const auto file = grey16_png(6, 4, sample_depth(6, 4));
  for (size_t length = 0; length + 12 < file.size(); ++length) {  // the end's chunk may be absent
    EXPECT_FALSE(refusal_of([&] { decode_png_grey16(depth_file_bytes(file.substr(0, length)), "d.png"); }).empty())
        << length;
  }
  tests::damage_everywhere(file,
                           [](const std::string& damaged) { decode_png_grey16(depth_file_bytes(damaged), "d.png"); });
}

TEST(PngGrey16, absurd_size_is_refused_before_memory_is_asked_for) {
  auto file = grey16_png(6, 4, sample_depth(6, 4));
  file[16] = file[20] = 0x7f;
  EXPECT_FALSE(refusal_of([&] { decode_png_grey16(depth_file_bytes(file), "d.png"); }).empty());
}

}  // namespace
}  // namespace retort::io
