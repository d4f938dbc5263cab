#include "io/png.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <new>

#include "core/errors.h"
#include "io/mapped_file.h"

namespace retort::io {
namespace {

constexpr std::array<uint8_t, 8> png_signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr size_t png_header_bytes = 33;  // signature and IHDR
constexpr size_t png_chunk_limit = 16 << 20;

uint32_t big_endian_32(const uint8_t* bytes) {
  return uint32_t(bytes[0]) << 24 | uint32_t(bytes[1]) << 16 | uint32_t(bytes[2]) << 8 | bytes[3];
}

// libpng reports errors by jumping out of its C frames, so between setjmp and the jump lives nothing with a destructor:
// text and pixels belong to the callers of the functions that call setjmp.
struct PngSession {
  std::span<const uint8_t> input;
  std::string* output = nullptr;
  char message[160] = "";
};

void png_fail(png_structp png, png_const_charp message) {
  auto* session = static_cast<PngSession*>(png_get_error_ptr(png));
  std::strncpy(session->message, message, sizeof(session->message) - 1);
  png_longjmp(png, 1);
}

void png_ignore_warning(png_structp, png_const_charp) {}

void png_take(png_structp png, png_bytep target, size_t count) {
  auto* session = static_cast<PngSession*>(png_get_io_ptr(png));
  if (count > session->input.size()) png_error(png, "the file is cut off");
  std::memcpy(target, session->input.data(), count);
  session->input = session->input.subspan(count);
}

void png_put(png_structp png, png_bytep source, size_t count) {
  bool stored = true;
  try {
    static_cast<PngSession*>(png_get_io_ptr(png))->output->append(reinterpret_cast<const char*>(source), count);
  } catch (const std::bad_alloc&) {
    stored = false;  // no exception may cross libpng's C frames
  }
  if (!stored) png_error(png, "out of memory");
}

void png_no_flush(png_structp) {}

// Reads all rows; false when libpng gave up (the message is in the session).
bool png_read_rows(png_structp png, png_infop info, PngSession& session, png_bytepp rows, size_t row_bytes) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_read_fn(png, &session, png_take);
  png_set_chunk_malloc_max(png, png_chunk_limit);
  png_read_info(png, info);
  png_set_expand(png);
  const int colour = png_get_color_type(png, info);
  const bool alpha = (colour & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS);
  if (alpha && !(colour & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != row_bytes) png_error(png, "its rows have an unexpected length");
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

bool png_write_rows(png_structp png, png_infop info, PngSession& session, const Image& image, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_write_fn(png, &session, png_put, png_no_flush);
  const int colour = image.channels == 1   ? PNG_COLOR_TYPE_GRAY
                     : image.channels == 3 ? PNG_COLOR_TYPE_RGB
                                           : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_IHDR(png, info, png_uint_32(image.width), png_uint_32(image.height), 8, colour, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  png_write_image(png, rows);
  png_write_end(png, nullptr);
  return true;
}

// Whether a tRNS chunk stands before the pixels; it adds an alpha channel.
bool png_has_transparency(std::span<const uint8_t> bytes) {
  size_t position = png_signature.size();
  while (bytes.size() - position >= 12) {
    const size_t length = big_endian_32(&bytes[position]);
    const char* type = reinterpret_cast<const char*>(&bytes[position + 4]);
    if (std::memcmp(type, "tRNS", 4) == 0) return true;
    if (std::memcmp(type, "IDAT", 4) == 0 || length > bytes.size() - position - 12) return false;
    position += length + 12;
  }
  return false;
}

std::vector<png_bytep> png_rows(const Image& image) {
  std::vector<png_bytep> rows(size_t(image.height));
  for (int y = 0; y < image.height; ++y) rows[size_t(y)] = const_cast<png_bytep>(image.at(0, y));
  return rows;
}

}  // namespace

bool looks_like_png(std::span<const uint8_t> bytes) {
  return bytes.size() >= png_signature.size() && std::equal(png_signature.begin(), png_signature.end(), bytes.begin());
}

ImageHeader png_header(std::span<const uint8_t> bytes, const std::string& name) {
  if (bytes.size() < png_header_bytes || std::memcmp(&bytes[12], "IHDR", 4) != 0) {
    user_error("{}: the PNG header is cut off or damaged; copy the photo again", name);
  }
  const int depth = bytes[24], colour = bytes[25];
  if (depth == 16) {
    user_error("{}: PNG with 16 bits a channel; convert it to 8 bits (for example `convert in.png -depth 8 out.png`)",
               name);
  }
  const bool has_colour = (colour & PNG_COLOR_MASK_COLOR) != 0;
  const bool has_alpha = (colour & PNG_COLOR_MASK_ALPHA) != 0 || png_has_transparency(bytes);
  return {.width = big_endian_32(&bytes[16]),
          .height = big_endian_32(&bytes[20]),
          .channels = has_alpha    ? 4
                      : has_colour ? 3
                                   : 1};
}

namespace {
// Decodes into rows of this length. UserError for damage.
void png_decode_into(std::span<const uint8_t> bytes, const std::string& name, std::vector<png_bytep> rows,
                     size_t row_bytes) {
  PngSession session{.input = bytes};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &session, png_fail, png_ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  RT_CHECK(info, "libpng could not start");
  const bool read = png_read_rows(png, info, session, rows.data(), row_bytes);
  png_destroy_read_struct(&png, &info, nullptr);
  if (!read) user_error("{}: damaged PNG ({}); copy or export the photo again", name, session.message);
}
}  // namespace

Image decode_png(std::span<const uint8_t> bytes, const std::string& name, const ImageHeader& header) {
  Image image = make_image(int(header.width), int(header.height), header.channels);
  png_decode_into(bytes, name, png_rows(image), size_t(image.width) * image.channels);
  return image;
}

Grey16 decode_png_grey16(std::span<const uint8_t> bytes, const std::string& name) {
  constexpr int64_t pixels_per_byte = 1032 / 2;  // deflate shrinks no further
  if (!looks_like_png(bytes) || bytes.size() < png_header_bytes || bytes[24] != 16 ||
      bytes[25] != PNG_COLOR_TYPE_GRAY || png_has_transparency(bytes)) {
    user_error("{}: not a grey PNG of 16 bits, as depth files are", name);
  }
  const ImageHeader header{.width = big_endian_32(&bytes[16]), .height = big_endian_32(&bytes[20]), .channels = 1};
  check_image_size(header, {}, bytes.size(), pixels_per_byte, name);
  Grey16 grey{int(header.width), int(header.height), std::vector<uint16_t>(size_t(header.width * header.height))};
  std::vector<png_bytep> rows;
  for (int y = 0; y < grey.height; ++y) {
    rows.push_back(reinterpret_cast<png_bytep>(&grey.pixels[size_t(y) * size_t(grey.width)]));
  }
  png_decode_into(bytes, name, rows, size_t(grey.width) * sizeof(uint16_t));
  // PNG stores the high byte first.
  for (auto& value : grey.pixels) value = uint16_t(value << 8 | value >> 8);
  return grey;
}

Grey16 read_png_grey16(const std::filesystem::path& path) {
  return decode_png_grey16(map_file(path).bytes, path.string());
}

std::string encode_png(const Image& image) {
  RT_CHECK(!image.empty() && image.pixels.size() == size_t(image.width) * image.height * image.channels,
           "png: {}x{} of {} channels with {} bytes", image.width, image.height, image.channels, image.pixels.size());
  std::string encoded;
  auto rows = png_rows(image);
  PngSession session{.input = {}, .output = &encoded};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &session, png_fail, png_ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  RT_CHECK(info, "libpng could not start");
  const bool written = png_write_rows(png, info, session, image, rows.data());
  png_destroy_write_struct(&png, &info);
  RT_CHECK(written, "libpng could not write: {}", session.message);
  return encoded;
}

}  // namespace retort::io
