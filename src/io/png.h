// PNG by libpng; called by image.cpp, which chooses the codec.
#pragma once

#include <filesystem>
#include <vector>

#include "io/image_codec.h"

namespace retort::io {

bool looks_like_png(std::span<const uint8_t> bytes);

/// The IHDR chunk. UserError for damage and for 16-bit samples.
ImageHeader png_header(std::span<const uint8_t> bytes, const std::string& name);

/// Decodes what png_header() described. UserError for damage and truncation.
Image decode_png(std::span<const uint8_t> bytes, const std::string& name, const ImageHeader& header);

/// One channel of 16-bit numbers, rows from the top: depth files.
struct Grey16 {
  int width = 0, height = 0;
  std::vector<uint16_t> pixels;  ///< [height, width]
};

/// Reads a grey PNG of 16 bits. UserError for other kinds of PNG, damage and sizes above the usual limits.
Grey16 read_png_grey16(const std::filesystem::path& path);
Grey16 decode_png_grey16(std::span<const uint8_t> bytes, const std::string& name);

/// A PNG file's bytes, without gamma or colour profile chunks.
std::string encode_png(const Image& image);

}  // namespace retort::io
