#include "io/image.h"

#include <gtest/gtest.h>
#include <png.h>

#include "io/atomic_file.h"
#include "io/bytes.h"
#include "io/jpeg.h"
#include "io/png.h"
#include "support/hostile_input.h"
#include "support/jpeg_writer.h"
#include "support/temporary_folder.h"

namespace retort::io {
namespace {

using tests::damage_everywhere;
using tests::jpeg_of;
using tests::refusal_of;
using tests::sample_picture;
using tests::TemporaryFolder;

Image decode_text(const std::string& content, Orientation orientation = Orientation::as_tagged,
                  const ImageLimits& limits = {}) {
  return decode_image(as_bytes(content), "photo", orientation, limits);
}

std::string image_refusal(const std::string& content) {
  return refusal_of([&] { decode_text(content); });
}

// Any PNG that libpng's simplified writer can make.
std::string png_of(png_uint_32 format, const void* pixels, int width, int height, const void* palette = nullptr,
                   int palette_size = 0) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = png_uint_32(width);
  image.height = png_uint_32(height);
  image.format = format;
  image.colormap_entries = png_uint_32(palette_size);
  png_alloc_size_t size = 0;
  png_image_write_to_memory(&image, nullptr, &size, 0, pixels, 0, palette);
  std::string bytes(size, '\0');
  png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, palette);
  bytes.resize(size);
  return bytes;
}

TEST(ImagePng, round_trip_of_all_channel_counts) {
  TemporaryFolder folder;
  for (const int channels : {1, 3, 4}) {
    const Image image = sample_picture(37, 21, channels);
    write_png(folder / "a.png", image);
    const Image read = read_image(folder / "a.png");
    EXPECT_EQ(read.channels, channels);
    EXPECT_EQ(read.pixels, image.pixels);
    EXPECT_EQ(image_size(folder / "a.png"), (ImageSize{37, 21}));
  }
}

TEST(ImagePng, palettes_and_grey_alpha_are_expanded) {
  const uint8_t indices[] = {0, 1, 1, 0};
  const uint8_t palette[] = {10, 20, 30, 200, 100, 50};
  const Image colours = decode_text(png_of(PNG_FORMAT_RGB_COLORMAP, indices, 2, 2, palette, 2));
  EXPECT_EQ(colours.channels, 3);
  EXPECT_EQ(colours.pixels, (std::vector<uint8_t>{10, 20, 30, 200, 100, 50, 200, 100, 50, 10, 20, 30}));
  const uint8_t grey_alpha[] = {100, 255, 50, 128};
  const Image transparent = decode_text(png_of(PNG_FORMAT_GA, grey_alpha, 2, 1));
  EXPECT_EQ(transparent.pixels, (std::vector<uint8_t>{100, 100, 100, 255, 50, 50, 50, 128}));
  const uint8_t clear_palette[] = {10, 20, 30, 0, 200, 100, 50, 255};
  const Image with_clear = decode_text(png_of(PNG_FORMAT_RGBA_COLORMAP, indices, 2, 2, clear_palette, 2));
  EXPECT_EQ(with_clear.channels, 4);
  EXPECT_EQ(with_clear.at(1, 0)[3], 255);
  EXPECT_EQ(with_clear.at(0, 0)[3], 0);
}

TEST(ImagePng, sixteen_bits_are_refused_with_a_remedy) {
  const uint16_t pixels[] = {1, 2, 3};
  const std::string message = image_refusal(png_of(PNG_FORMAT_LINEAR_RGB, pixels, 1, 1));
  EXPECT_NE(message.find("photo: PNG with 16 bits"), std::string::npos) << message;
  EXPECT_NE(message.find("-depth 8"), std::string::npos) << message;
}

TEST(ImagePng, every_cut_is_refused) {
  const std::string whole = encode_png(sample_picture(9, 7, 3));
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(image_refusal(whole.substr(0, length)).empty()) << length;
  }
}

TEST(ImagePng, damage_is_refused_or_harmless) {
  damage_everywhere(encode_png(sample_picture(9, 7, 4)), [](const std::string& content) { decode_text(content); });
}

TEST(ImagePng, absurd_size_is_refused_before_memory_is_asked_for) {
  std::string bytes = encode_png(sample_picture(4, 4, 3));
  bytes.replace(16, 4, std::string("\x7f\xff\xff\xff", 4));
  EXPECT_NE(image_refusal(bytes).find("2147483647x4 pixels"), std::string::npos);
  bytes.replace(16, 8, std::string("\0\0\x27\x10\0\0\x27\x10", 8));  // 10000 x 10000 within the limits, not in 80 bytes
  EXPECT_NE(image_refusal(bytes).find("can't hold"), std::string::npos);
  const std::string small = encode_png(sample_picture(40, 40, 3));
  EXPECT_THROW(decode_text(small, Orientation::as_tagged, {.max_side = 100, .max_pixels = 100}), UserError);
}

TEST(ImageJpeg, colour_and_grey_come_out_close) {
  for (const int channels : {1, 3}) {
    for (const bool progressive : {false, true}) {
      const Image image = sample_picture(48, 32, channels);
      const Image read = decode_text(jpeg_of(image, {.progressive = progressive}));
      ASSERT_EQ(read.channels, channels);
      double error = 0;
      for (size_t i = 0; i < image.pixels.size(); ++i) error += std::abs(int(image.pixels[i]) - int(read.pixels[i]));
      EXPECT_LT(error / double(image.pixels.size()), 3);
    }
  }
}

TEST(ImageJpeg, cmyk_is_refused_with_a_remedy) {
  const std::string message = image_refusal(jpeg_of(sample_picture(16, 16, 3), {.cmyk = true}));
  EXPECT_NE(message.find("CMYK"), std::string::npos);
  EXPECT_NE(message.find("-colorspace sRGB"), std::string::npos);
}

TEST(ImageJpeg, every_cut_is_refused) {
  for (const bool progressive : {false, true}) {
    const std::string whole = jpeg_of(sample_picture(40, 24, 3), {.progressive = progressive});
    for (size_t length = 0; length + 2 < whole.size(); ++length) {  // the last two bytes end the file and hold no pixel
      EXPECT_FALSE(image_refusal(whole.substr(0, length)).empty()) << length;
    }
  }
}

TEST(ImageJpeg, damage_is_refused_or_harmless) {
  const ImageLimits limits{.max_side = 4096, .max_pixels = 1 << 20};
  damage_everywhere(jpeg_of(sample_picture(24, 24, 3), {.progressive = true, .exif_rotation = 6}),
                    [&](const std::string& content) { decode_text(content, Orientation::as_tagged, limits); });
}

// Where the stored picture's bright top left corner and size must go, for orientations 1 to 8.
TEST(ImageJpeg, exif_orientations_turn_the_photo) {
  const Image stored = sample_picture(48, 32, 3);
  const struct {
    int rotation;
    ImageSize size;
    int corner_x, corner_y;
  } cases[] = {{1, {48, 32}, 0, 0}, {2, {48, 32}, 47, 0}, {3, {48, 32}, 47, 31}, {4, {48, 32}, 0, 31},
               {5, {32, 48}, 0, 0}, {6, {32, 48}, 31, 0}, {7, {32, 48}, 31, 47}, {8, {32, 48}, 0, 47}};
  for (const auto& expected : cases) {
    for (const bool big_endian : {false, true}) {
      const std::string bytes = jpeg_of(stored, {.exif_rotation = expected.rotation, .exif_big_endian = big_endian});
      const Image shown = decode_text(bytes);
      EXPECT_EQ((ImageSize{shown.width, shown.height}), expected.size) << expected.rotation;
      EXPECT_EQ(decode_image_size(as_bytes(bytes), "photo"), expected.size);
      EXPECT_GT(shown.at(expected.corner_x, expected.corner_y)[2], 180) << expected.rotation;
      EXPECT_EQ(decode_image_size(as_bytes(bytes), "photo", Orientation::as_stored), (ImageSize{48, 32}));
    }
  }
}

// Orientation 6 means "turn a quarter clockwise to see it": the stored left column becomes the top row.
TEST(ImageJpeg, quarter_turn_is_clockwise) {
  const Image shown = decode_text(jpeg_of(sample_picture(48, 32, 3), {.exif_rotation = 6}));
  EXPECT_LT(shown.at(16, 2)[0], 40);  // red grew to the right, now it grows downwards
  EXPECT_GT(shown.at(16, 45)[0], 215);
  EXPECT_GT(shown.at(2, 24)[1], 215);  // green grew downwards, now it grows to the left
}

TEST(ImageJpeg, damaged_exif_means_as_stored) {
  EXPECT_EQ(exif_orientation({}), 1);
  const std::string block = tests::exif_block(6, false);
  EXPECT_EQ(exif_orientation(as_bytes(block)), 6);
  for (size_t length = 0; length + 6 < block.size(); ++length) exif_orientation(as_bytes(block.substr(0, length)));
  EXPECT_EQ(exif_orientation(as_bytes(tests::exif_block(9, true))), 1);
}

TEST(Image, empty_and_foreign_files_are_refused) {
  EXPECT_NE(image_refusal("").find("photo: the file is empty"), std::string::npos);
  EXPECT_NE(image_refusal("GIF89a......").find("neither PNG nor JPEG"), std::string::npos);
  TemporaryFolder folder;
  EXPECT_THROW(read_image(folder / "absent.png"), UserError);
}

TEST(Image, content_decides_and_not_the_name) {
  TemporaryFolder folder;
  write_whole_file(folder / "photo.jpg", encode_png(sample_picture(8, 8, 3)));
  EXPECT_EQ(read_image(folder / "photo.jpg").pixels, sample_picture(8, 8, 3).pixels);
}

TEST(Image, conversions) {
  const Image transparent{2, 1, 4, {100, 50, 0, 255, 100, 50, 0, 0}};
  EXPECT_EQ(to_rgb(transparent, {255, 255, 255}).pixels, (std::vector<uint8_t>{100, 50, 0, 255, 255, 255}));
  EXPECT_EQ(to_grey(transparent).pixels, (std::vector<uint8_t>{50, 50}));
  EXPECT_EQ(to_rgb({1, 1, 1, {7}}).pixels, (std::vector<uint8_t>{7, 7, 7}));
  EXPECT_THROW(make_image(0, 3, 3), Fault);
  EXPECT_THROW(make_image(3, 3, 2), Fault);
}

}  // namespace
}  // namespace retort::io
