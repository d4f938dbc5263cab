// Parts of JPEGs: the same pixels as those of the whole.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/random.h"
#include "io/bytes.h"
#include "io/image.h"
#include "io/jpeg.h"
#include "io/png.h"
#include "support/hostile_input.h"
#include "support/jpeg_writer.h"

namespace retort::io {
namespace {

using tests::jpeg_of;
using tests::refusal_of;
using tests::sample_picture;

Image noise_picture(int width, int height, int channels) {
  Image image = make_image(width, height, channels);
  RandomGenerator generator(uint64_t(width) * 1000 + uint64_t(height));
  for (auto& pixel : image.pixels) pixel = uint8_t(generator.bits());
  return image;
}

Image cut(const Image& whole, const PixelSpan& columns, const PixelSpan& rows) {
  Image part = make_image(columns.end - columns.begin, rows.end - rows.begin, whole.channels);
  for (int y = 0; y < part.height; ++y) {
    std::copy_n(whole.at(columns.begin, rows.begin + y), size_t(part.width) * size_t(part.channels), part.at(0, y));
  }
  return part;
}

// Random parts of a noisy picture, and all places of one edge, at a scale.
void expect_parts_of(const std::string& jpeg, int eighths, const std::string& where) {
  const auto all = [&](const ImageSize& size) { return ImagePart{0, 0, size.width, size.height, eighths}; };
  const PartialImage whole = decode_image_part(as_bytes(jpeg), "photo", all);
  RandomGenerator generator(static_cast<uint64_t>(eighths));
  for (int i = 0; i < 60; ++i) {
    ImagePart part{.eighths = eighths};
    part.left = i < 40 ? i % whole.whole.width : int(generator.integer(whole.whole.width));
    part.top = int(generator.integer(whole.whole.height));
    part.width = 1 + int(generator.integer(whole.whole.width - part.left));
    part.height = 1 + int(generator.integer(whole.whole.height - part.top));
    const PartialImage got = decode_image_part(as_bytes(jpeg), "photo", [&](const ImageSize&) { return part; });
    ASSERT_EQ(got.eighths, whole.eighths) << where;
    const auto columns = scaled_span(part.left, part.left + part.width, got.eighths);
    const auto rows = scaled_span(part.top, part.top + part.height, got.eighths);
    ASSERT_EQ(got.left, columns.begin);
    ASSERT_EQ(got.top, rows.begin);
    ASSERT_EQ(got.image.pixels, cut(whole.image, columns, rows).pixels)
        << where << " " << part.width << "x" << part.height << " at (" << part.left << ", " << part.top << ")";
  }
}

TEST(ImagePart, has_the_pixels_of_the_whole_for_every_sampling_and_scale) {
  for (const bool progressive : {false, true}) {
    for (const auto& [along, across] : {std::pair{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {4, 2}, {2, 4}}) {
      const std::string jpeg =
          jpeg_of(noise_picture(131, 93, 3),
                  {.progressive = progressive, .horizontal_sampling = along, .vertical_sampling = across});
      for (const int eighths : {1, 2, 3, 4, 8}) {
        expect_parts_of(jpeg, eighths, fmt::format("{}x{} {}/8 {}", along, across, eighths, progressive));
      }
    }
  }
  expect_parts_of(jpeg_of(noise_picture(50, 70, 1)), 8, "grey");
  expect_parts_of(jpeg_of(noise_picture(50, 70, 1)), 4, "grey");
}

TEST(ImagePart, the_whole_at_full_size_is_what_decode_image_gives) {
  const std::string jpeg = jpeg_of(noise_picture(67, 45, 3));
  const auto all = [](const ImageSize& size) { return ImagePart{0, 0, size.width, size.height}; };
  EXPECT_EQ(decode_image_part(as_bytes(jpeg), "photo", all).image.pixels, decode_image(as_bytes(jpeg), "photo").pixels);
}

TEST(ImagePart, other_pictures_come_whole) {
  const auto corner = [](const ImageSize&) { return ImagePart{0, 0, 4, 4, 1}; };
  const std::string png = encode_png(sample_picture(20, 10, 3)),
                    turned = jpeg_of(sample_picture(48, 32, 3), {.exif_rotation = 6});
  for (const auto& [bytes, size] : {std::pair{png, ImageSize{20, 10}}, {turned, ImageSize{32, 48}}}) {
    const PartialImage part = decode_image_part(as_bytes(bytes), "photo", corner);
    EXPECT_EQ((ImageSize{part.image.width, part.image.height}), size);
    EXPECT_EQ(part.whole, size);
    EXPECT_EQ(part.eighths, 8);
    EXPECT_EQ(part.image.pixels, decode_image(as_bytes(bytes), "photo").pixels);
  }
}

TEST(ImagePart, every_cut_is_refused_even_outside_the_part) {
  const std::string whole = jpeg_of(noise_picture(40, 64, 3));
  const auto top = [](const ImageSize& size) { return ImagePart{0, 0, size.width, 8}; };
  EXPECT_NO_THROW(decode_image_part(as_bytes(whole), "photo", top));
  for (size_t length = 0; length + 2 < whole.size(); length += 7) {
    const std::string part = whole.substr(0, length);
    EXPECT_FALSE(refusal_of([&] { decode_image_part(as_bytes(part), "photo", top); }).empty()) << length;
  }
}

TEST(ImagePart, damage_is_refused_or_harmless) {
  const ImageLimits limits{.max_side = 4096, .max_pixels = 1 << 20};
  for (const int eighths : {2, 8}) {
    tests::damage_everywhere(jpeg_of(noise_picture(40, 40, 3)), [&](const std::string& content) {
      decode_image_part(
          as_bytes(content), "photo",
          [&](const ImageSize& size) {
            return ImagePart{size.width / 2, size.height / 2, 1, 1, eighths};
          },
          limits);
    });
  }
}

TEST(ImagePart, a_part_outside_is_our_fault) {
  const std::string jpeg = jpeg_of(sample_picture(16, 16, 3));
  for (const ImagePart& part : {ImagePart{0, 0, 17, 1}, {-1, 0, 2, 2}, {0, 0, 0, 1}, {0, 0, 4, 4, 9}}) {
    EXPECT_THROW(decode_image_part(as_bytes(jpeg), "photo", [&](const ImageSize&) { return part; }), Fault);
  }
}

}  // namespace
}  // namespace retort::io
