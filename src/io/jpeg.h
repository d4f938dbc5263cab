// JPEG by libjpeg-turbo; called by image.cpp, which chooses the codec.
#pragma once

#include "io/image_codec.h"

namespace retort::io {

bool looks_like_jpeg(std::span<const uint8_t> bytes);

/// The frame header and the EXIF orientation. UserError for damage and for CMYK.
ImageHeader jpeg_header(std::span<const uint8_t> bytes, const std::string& name);

/// Decodes what jpeg_header() described; grey stays grey, all else becomes RGB. The photo is not turned. UserError for
/// damage and truncation: a photo with a grey bottom must not be trained on.
Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, const ImageHeader& header);

/// Rows and columns of the picture at `eighths` / 8 of its size.
struct JpegPart {
  PixelSpan columns, rows;
  int eighths = 8;
};

/// The same pixels as decode_jpeg() of the picture at that scale, but decodes no more of it than they need. The part
/// must lie inside. UserError for damage on the way.
Image decode_jpeg_part(std::span<const uint8_t> bytes, const std::string& name, const ImageHeader& header,
                       const JpegPart& part);

/// A baseline JPEG file's bytes, grey for one channel, RGB for three; quality 1 to 100 as libjpeg counts it. The same
/// picture gives the same bytes. Fault for other pictures.
std::string encode_jpeg(const Image& image, int quality);

/// Whether the last two bytes are the marker that ends a JPEG.
bool ends_like_jpeg(std::span<const uint8_t> bytes);

/// Orientation 1..8 from an EXIF block (the APP1 payload); 1 when there is none or it is damaged.
int exif_orientation(std::span<const uint8_t> block);

}  // namespace retort::io
