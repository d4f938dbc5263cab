// Grey PNG files of 16 bits for tests: depth files.
#pragma once

#include <png.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/errors.h"

namespace retort::tests {

/// The bytes of a file; pixels are [height, width].
inline std::string grey16_png(int width, int height, const std::vector<uint16_t>& pixels, bool interlaced = false) {
  RT_CHECK(pixels.size() == size_t(width) * size_t(height), "grey16_png: {} pixels", pixels.size());
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  const auto append = [](png_structp writer, png_bytep data, size_t size) {
    static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<const char*>(data), size);
  };
  png_set_write_fn(png, &file, append, nullptr);
  png_set_IHDR(png, info, png_uint_32(width), png_uint_32(height), 16, PNG_COLOR_TYPE_GRAY,
               interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  std::vector<uint8_t> bytes;  // the high byte first
  for (const uint16_t value : pixels) {
    bytes.push_back(uint8_t(value >> 8));
    bytes.push_back(uint8_t(value));
  }
  std::vector<png_bytep> rows;
  for (int y = 0; y < height; ++y) rows.push_back(&bytes[size_t(y) * size_t(width) * 2]);
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

}  // namespace retort::tests
