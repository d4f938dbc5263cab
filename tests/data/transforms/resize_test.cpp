// The vector code of resizes and its plain reference: the same bytes.
#include "data/transforms/resize.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "data/sets/sample.h"

namespace retort::data {
namespace {

enum class Content { noise, black, white, stripes };

Picture picture_of(Content content, int channels, int height, int width) {
  Picture picture = make_picture(channels, height, width);
  RandomGenerator generator(uint64_t(height) * 7919 + uint64_t(width));
  for (size_t i = 0; i < picture.pixels.size(); ++i) {
    // Stripes at the steepest make the cubic's sums leave 0 to 255 on both sides.
    const uint8_t values[] = {uint8_t(generator.bits()), 0, 255, uint8_t(i % 4 < 2 ? 255 : 0)};
    picture.pixels[i] = values[static_cast<size_t>(content)];
  }
  return picture;
}

TEST(Resize, vector_code_gives_the_bytes_of_the_plain_loops) {
  if (best_isa() < Isa::avx2) GTEST_SKIP() << "no AVX2 here";
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 300}, {300, 1}, {7, 7}, {16, 15}, {33, 64}, {101, 257}}) {
    for (const auto& [to_height, to_width] : {std::pair{1, 1}, {2, 3}, {5, 4}, {16, 17}, {64, 33}, {150, 224}}) {
      for (const auto content : {Content::noise, Content::black, Content::white, Content::stripes}) {
        for (const auto filter : {ResizeFilter::bilinear, ResizeFilter::bicubic}) {
          const Picture picture = picture_of(content, content == Content::noise ? 3 : 1, height, width);
          EXPECT_EQ(resize_picture(picture, to_height, to_width, filter, Isa::avx2),
                    resize_picture(picture, to_height, to_width, filter, Isa::scalar))
              << width << "x" << height << " to " << to_width << "x" << to_height;
        }
      }
    }
  }
}

TEST(Planes, are_taken_apart_alike_for_every_number_of_pixels) {
  RandomGenerator generator(3);
  for (int pixels = 1; pixels < 70; ++pixels) {
    io::Image image = io::make_image(pixels, 1, 3);
    for (auto& value : image.pixels) value = uint8_t(generator.bits());
    const Picture planes = to_planes(image);
    for (int c = 0; c < 3; ++c) {
      for (int x = 0; x < pixels; ++x) ASSERT_EQ(planes.row(c, 0)[x], image.at(x, 0)[c]) << pixels;
    }
  }
}

}  // namespace
}  // namespace retort::data
