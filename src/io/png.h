// PNG by libpng; called by image.cpp, which chooses the codec.
#pragma once

#include "io/image_codec.h"

namespace retort::io {

bool looks_like_png(std::span<const uint8_t> bytes);

/// The IHDR chunk. UserError for damage and for 16-bit samples.
ImageHeader png_header(std::span<const uint8_t> bytes, const std::string& name);

/// Decodes what png_header() described. UserError for damage and truncation.
Image decode_png(std::span<const uint8_t> bytes, const std::string& name, const ImageHeader& header);

/// A PNG file's bytes, without gamma or colour profile chunks.
std::string encode_png(const Image& image);

}  // namespace retort::io
