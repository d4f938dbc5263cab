// What the fuzz targets of the picture formats share.
#pragma once

#include "fuzz/fuzz_parser.h"
#include "io/image.h"

namespace retort::fuzz {

/// Decodes what `looks_right` takes for its format; pictures above a quarter of a megapixel are refused, to keep runs
/// short.
inline int decode_small_image(std::span<const uint8_t> bytes, bool (*looks_right)(std::span<const uint8_t>)) {
  if (!looks_right(bytes)) return 0;
  const io::ImageLimits limits{.max_side = 4096, .max_pixels = 1 << 18};
  try {
    const auto image = io::decode_image(bytes, "fuzz", io::Orientation::as_tagged, limits);
    const auto size = io::decode_image_size(bytes, "fuzz", io::Orientation::as_tagged, limits);
    RT_CHECK(image.pixels.size() == size_t(image.width) * image.height * image.channels,
             "pixels do not fill the picture");
    // A part of it, at a scale that the bytes choose: the middle, whatever the size.
    const auto middle = [&](const io::ImageSize& whole) {
      return io::ImagePart{whole.width / 3, whole.height / 3, whole.width - whole.width / 3 * 2,
                           whole.height - whole.height / 3 * 2, 1 << (bytes.size() % 4)};
    };
    const auto part = io::decode_image_part(bytes, "fuzz", middle, limits);
    RT_CHECK(part.whole == size, "part and picture differ in size");
    RT_CHECK(size == (io::ImageSize{image.width, image.height}), "header and picture differ in size");
  } catch (const UserError&) {
    return 0;
  }
  return 0;
}

}  // namespace retort::fuzz
