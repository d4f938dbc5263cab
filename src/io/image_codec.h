// What the PNG and JPEG codecs share with image.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/image.h"

namespace retort::io {

/// What a header says.
struct ImageHeader {
  int64_t width = 0, height = 0;
  int channels = 0;       ///< after decoding
  int exif_rotation = 1;  ///< EXIF orientation 1..8; 1: as stored
  /// JPEG: chroma at half the size at least. Of others (4x2, 2x4 ...) libjpeg-turbo 2.1 skips rows wrongly as it
  /// decodes them smaller.
  bool can_scale = true;
};

/// UserError unless the size lies within the limits and the file is large enough to hold so many pixels
/// (`pixels_per_byte`: the format's best compression).
void check_image_size(const ImageHeader& header, const ImageLimits& limits, size_t file_bytes, int64_t pixels_per_byte,
                      const std::string& name);

}  // namespace retort::io
