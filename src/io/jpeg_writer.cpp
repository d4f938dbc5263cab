// The other direction of io/jpeg.cpp.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include "core/errors.h"
#include "io/jpeg.h"

// Needs <cstdio> before it.
#include <jpeglib.h>

namespace retort::io {
namespace {

// As in io/jpeg.cpp: errors jump, and between setjmp and the jump lives nothing with a destructor.
struct JpegWriting {
  jpeg_compress_struct encoder;
  jpeg_error_mgr errors;
  jmp_buf give_up;
  char message[JMSG_LENGTH_MAX];
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
};

[[noreturn]] void jpeg_writing_failed(j_common_ptr info) {
  auto* writing = static_cast<JpegWriting*>(info->client_data);
  writing->errors.format_message(info, writing->message);
  longjmp(writing->give_up, 1);
}

bool write_jpeg(JpegWriting& writing, const Image& image, int quality) {
  auto& encoder = writing.encoder;
  encoder.err = jpeg_std_error(&writing.errors);
  writing.errors.error_exit = jpeg_writing_failed;
  encoder.client_data = &writing;
  if (setjmp(writing.give_up)) return false;
  jpeg_create_compress(&encoder);
  encoder.client_data = &writing;
  jpeg_mem_dest(&encoder, &writing.bytes, &writing.size);
  encoder.image_width = static_cast<JDIMENSION>(image.width);
  encoder.image_height = static_cast<JDIMENSION>(image.height);
  encoder.input_components = image.channels;
  encoder.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    auto row = const_cast<JSAMPROW>(image.at(0, static_cast<int>(encoder.next_scanline)));  // libjpeg reads it only
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  return true;
}

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  RT_CHECK(image.channels == 1 || image.channels == 3, "JPEG of {} channels", image.channels);
  RT_CHECK(quality >= 1 && quality <= 100, "JPEG quality {}", quality);
  JpegWriting writing{};
  const bool written = write_jpeg(writing, image, quality);
  std::string result(reinterpret_cast<const char*>(writing.bytes), written ? writing.size : 0);
  jpeg_destroy_compress(&writing.encoder);
  std::free(writing.bytes);
  if (!written) fault("a JPEG of {}x{} can't be made: {}", image.width, image.height, writing.message);
  return result;
}

}  // namespace retort::io
