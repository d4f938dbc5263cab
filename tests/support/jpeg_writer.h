// JPEG files for tests: any colour space, progressive or not, with or without an EXIF orientation.
#pragma once

#include <jpeglib.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "io/image.h"

namespace retort::tests {

struct JpegOptions {
  bool progressive = false;
  bool cmyk = false;      ///< the picture's values in four channels
  int exif_rotation = 0;  ///< 1..8; 0: no EXIF block
  bool exif_big_endian = false;
  int horizontal_sampling = 2, vertical_sampling = 2;  ///< luma samples for one of chroma, along and across
};

inline std::string exif_block(int rotation, bool big_endian) {
  std::string block("Exif\0\0", 6);
  const auto number = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) block += char(value >> 8 * (big_endian ? bytes - 1 - i : i));
  };
  block += big_endian ? "MM" : "II";
  number(42, 2);
  number(8, 4);
  number(1, 2);       // entries
  number(0x0112, 2);  // orientation
  number(3, 2);       // 16-bit
  number(1, 4);
  number(uint32_t(rotation), 2);
  number(0, 2);
  number(0, 4);
  return block;
}

/// Grey for one channel, RGB for three; quality 95.
inline std::string jpeg_of(const io::Image& image, const JpegOptions& options = {}) {
  jpeg_compress_struct encoder;
  jpeg_error_mgr errors;
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = JDIMENSION(image.width);
  encoder.image_height = JDIMENSION(image.height);
  encoder.input_components = options.cmyk ? 4 : image.channels;
  encoder.in_color_space = options.cmyk ? JCS_CMYK : image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 95, TRUE);
  if (encoder.num_components == 3) {
    encoder.comp_info[0].h_samp_factor = options.horizontal_sampling;
    encoder.comp_info[0].v_samp_factor = options.vertical_sampling;
  }
  if (options.progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  if (options.exif_rotation > 0) {
    const std::string block = exif_block(options.exif_rotation, options.exif_big_endian);
    jpeg_write_marker(&encoder, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(block.data()), unsigned(block.size()));
  }
  std::string cmyk_row(size_t(image.width) * 4, '\x40');
  while (encoder.next_scanline < encoder.image_height) {
    JSAMPROW row = options.cmyk ? reinterpret_cast<JSAMPROW>(cmyk_row.data())
                                : const_cast<JSAMPROW>(image.at(0, int(encoder.next_scanline)));
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  const std::string result(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&encoder);
  std::free(bytes);
  return result;
}

/// A picture with a gradient along x in the first channel, along y in the second, and a bright top left corner.
inline io::Image sample_picture(int width, int height, int channels) {
  auto image = io::make_image(width, height, channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int values[] = {x * 255 / width, y * 255 / height, x + y < 6 ? 250 : 20, 255 - x};
      for (int c = 0; c < channels; ++c) image.at(x, y)[c] = uint8_t(values[c]);
    }
  }
  return image;
}

}  // namespace retort::tests
