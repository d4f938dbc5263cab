#include "io/webp.h"

#include <gtest/gtest.h>

#include "io/bytes.h"
#include "support/hostile_input.h"

namespace retort::io {
namespace {

// Every byte differs from its neighbours, and some pixels are transparent.
Image busy_picture(int width, int height) {
  auto image = make_image(width, height, 4);
  for (size_t at = 0; at < image.pixels.size(); ++at) image.pixels[at] = static_cast<uint8_t>(at * 37 + at / 7);
  for (size_t at = 3; at < image.pixels.size(); at += 12) image.pixels[at] = 0;
  return image;
}

TEST(Webp, keeps_every_byte_even_where_nothing_shows) {
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {64, 65}}) {
    const auto image = busy_picture(width, height);
    const auto file = encode_webp(image);
    EXPECT_TRUE(looks_like_webp(as_bytes(file)));
    EXPECT_EQ(webp_size(as_bytes(file), "a.webp"), (ImageSize{width, height}));
    EXPECT_EQ(decode_webp(as_bytes(file), "a.webp").pixels, image.pixels);
    EXPECT_EQ(encode_webp(image), file);
  }
}

TEST(Webp, sizes_above_the_limits_are_refused_before_decoding) {
  const auto file = encode_webp(make_image(4000, 4000, 4));
  EXPECT_LT(file.size(), 1000u);  // a picture of one colour: its size can't be held against the file's
  const auto message = tests::refusal_of([&] { decode_webp(as_bytes(file), "large.webp", {.max_pixels = 1 << 20}); });
  EXPECT_NE(message.find("large.webp: 4000x4000 pixels"), std::string::npos) << message;
}

TEST(Webp, damaged_files_are_refused) {
  const auto file = encode_webp(busy_picture(9, 5));
  tests::damage_everywhere(file, [](const std::string& damaged) {
    decode_webp(as_bytes(damaged), "damaged.webp", {.max_pixels = 1 << 16});
  });
  EXPECT_NE(tests::refusal_of([] { webp_size(as_bytes("no picture at all"), "a"); }).find("a: no WebP"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::io
