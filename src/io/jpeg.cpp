#include "io/jpeg.h"

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/errors.h"

namespace retort::io {
namespace {

// More scans than any encoder writes; each costs a pass over the whole photo.
constexpr int jpeg_max_scans = 200;
constexpr int exif_marker = JPEG_APP0 + 1;

// libjpeg reports errors by a call that must not return, so we jump; between setjmp and the jump lives nothing with a
// destructor. The handlers find the session by client_data.
struct JpegSession {
  jpeg_decompress_struct decoder;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  jmp_buf give_up;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void jpeg_fail(j_common_ptr info) {
  auto* session = static_cast<JpegSession*>(info->client_data);
  session->errors.format_message(info, session->message);
  longjmp(session->give_up, 1);
}

// Warnings mean invented pixels (a truncated file ends grey): they are errors here, but for three harmless ones.
void jpeg_warn(j_common_ptr info, int level) {
  if (level >= 0) return;
  const int code = info->err->msg_code;
  if (code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR) return;
  jpeg_fail(info);
}

void jpeg_watch_scans(j_common_ptr info) {
  auto* session = static_cast<JpegSession*>(info->client_data);
  if (session->decoder.input_scan_number <= jpeg_max_scans) return;
  std::snprintf(session->message, sizeof(session->message), "more than %d scans", jpeg_max_scans);
  longjmp(session->give_up, 1);
}

bool jpeg_start(JpegSession& session, std::span<const uint8_t> bytes) {
  session.decoder.err = jpeg_std_error(&session.errors);
  session.errors.error_exit = jpeg_fail;
  session.errors.emit_message = jpeg_warn;
  session.decoder.client_data = &session;
  if (setjmp(session.give_up)) return false;
  jpeg_create_decompress(&session.decoder);
  session.progress.progress_monitor = jpeg_watch_scans;
  session.decoder.progress = &session.progress;
  jpeg_mem_src(&session.decoder, bytes.data(), bytes.size());
  jpeg_save_markers(&session.decoder, exif_marker, 0xFFFF);
  jpeg_read_header(&session.decoder, TRUE);
  return true;
}

bool jpeg_read_rows(JpegSession& session, Image& image) {
  if (setjmp(session.give_up)) return false;
  auto& decoder = session.decoder;
  decoder.out_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&decoder);
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW row = image.at(0, int(decoder.output_scanline));
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  jpeg_finish_decompress(&decoder);
  return true;
}

// Chroma is interpolated from neighbours, and the decoder takes the edge of what it decodes for the picture's: so much
// more is decoded on every side. One chroma sample is at most four pixels wide.
constexpr int jpeg_part_margin = 8;

// `row` has room for a row of the whole picture.
bool jpeg_read_part(JpegSession& session, const JpegPart& part, std::vector<uint8_t>& row, Image& image) {
  if (setjmp(session.give_up)) return false;
  auto& decoder = session.decoder;
  decoder.out_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  decoder.scale_num = unsigned(part.eighths);
  decoder.scale_denom = 8;
  jpeg_start_decompress(&decoder);
  JDIMENSION first_column = JDIMENSION(std::max(part.columns.begin - jpeg_part_margin, 0));
  const JDIMENSION last_column = std::min(JDIMENSION(part.columns.end + jpeg_part_margin), decoder.output_width);
  JDIMENSION columns = last_column - first_column;
  if (columns < decoder.output_width) jpeg_crop_scanline(&decoder, &first_column, &columns);
  if (part.rows.begin > jpeg_part_margin) jpeg_skip_scanlines(&decoder, JDIMENSION(part.rows.begin - jpeg_part_margin));
  const size_t skipped = (JDIMENSION(part.columns.begin) - first_column) * size_t(image.channels);
  const size_t row_bytes = size_t(image.width) * size_t(image.channels);
  while (decoder.output_scanline < JDIMENSION(part.rows.end)) {
    const int y = int(decoder.output_scanline) - part.rows.begin;
    JSAMPROW to = row.data();
    jpeg_read_scanlines(&decoder, &to, 1);
    if (y >= 0) std::memcpy(image.at(0, y), row.data() + skipped, row_bytes);
  }
  return true;
}

// Opens a session and reads the header; destroys the session on every way out.
class OpenJpeg {
 public:
  OpenJpeg(std::span<const uint8_t> bytes, const std::string& name) {
    std::memset(&session_, 0, sizeof(session_));
    if (jpeg_start(session_, bytes)) return;
    const std::string message = session_.message;
    jpeg_destroy_decompress(&session_.decoder);
    user_error("{}: damaged JPEG ({}); copy or export the photo again", name, message);
  }
  ~OpenJpeg() { jpeg_destroy_decompress(&session_.decoder); }
  OpenJpeg(const OpenJpeg&) = delete;
  OpenJpeg& operator=(const OpenJpeg&) = delete;

  JpegSession& session() { return session_; }
  const jpeg_decompress_struct& decoder() const { return session_.decoder; }

 private:
  JpegSession session_;
};

[[noreturn]] void damaged_jpeg(const std::string& name, const JpegSession& session) {
  user_error("{}: damaged or truncated JPEG ({}); copy or export the photo again", name, session.message);
}

// A TIFF block inside EXIF: integers in the block's own byte order; reads outside give 0.
struct TiffBlock {
  std::span<const uint8_t> bytes;
  bool big_endian;

  uint32_t number(size_t position, size_t size) const {
    if (position + size > bytes.size()) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t from = position + (big_endian ? i : size - 1 - i);
      value = value << 8 | bytes[from];
    }
    return value;
  }
};

}  // namespace

bool looks_like_jpeg(std::span<const uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

int exif_orientation(std::span<const uint8_t> block) {
  constexpr std::string_view lead("Exif\0\0", 6);
  constexpr uint32_t orientation_tag = 0x0112;
  if (block.size() < lead.size() + 8 || std::memcmp(block.data(), lead.data(), lead.size()) != 0) return 1;
  const TiffBlock tiff{block.subspan(lead.size()), block[lead.size()] == 'M'};
  if (tiff.number(2, 2) != 42) return 1;
  const size_t directory = tiff.number(4, 4);
  const uint32_t entries = tiff.number(directory, 2);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * size_t(i);
    if (entry + 12 > tiff.bytes.size()) return 1;
    if (tiff.number(entry, 2) != orientation_tag) continue;
    const uint32_t orientation = tiff.number(entry + 8, 2);
    return orientation >= 1 && orientation <= 8 ? int(orientation) : 1;
  }
  return 1;
}

ImageHeader jpeg_header(std::span<const uint8_t> bytes, const std::string& name) {
  const OpenJpeg jpeg(bytes, name);
  const auto& decoder = jpeg.decoder();
  if (decoder.jpeg_color_space == JCS_CMYK || decoder.jpeg_color_space == JCS_YCCK) {
    user_error(
        "{}: JPEG in CMYK (print) colours; convert it to RGB (for example `convert in.jpg -colorspace sRGB out.jpg`)",
        name);
  }
  if (decoder.num_components != 1 && decoder.num_components != 3) {
    user_error("{}: JPEG with {} colour components; only grey and RGB are taken, convert it to RGB", name,
               decoder.num_components);
  }
  ImageHeader header{
      .width = decoder.image_width, .height = decoder.image_height, .channels = decoder.num_components == 1 ? 1 : 3};
  header.can_scale = decoder.max_h_samp_factor <= 2 && decoder.max_v_samp_factor <= 2;
  for (auto* marker = decoder.marker_list; marker; marker = marker->next) {
    if (marker->marker != exif_marker) continue;
    const int rotation = exif_orientation({marker->data, marker->data_length});
    if (rotation != 1) header.exif_rotation = rotation;
  }
  return header;
}

Image decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, const ImageHeader& header) {
  Image image = make_image(int(header.width), int(header.height), header.channels);
  OpenJpeg jpeg(bytes, name);
  if (!jpeg_read_rows(jpeg.session(), image)) damaged_jpeg(name, jpeg.session());
  return image;
}

bool ends_like_jpeg(std::span<const uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[bytes.size() - 2] == 0xFF && bytes.back() == JPEG_EOI;
}

Image decode_jpeg_part(std::span<const uint8_t> bytes, const std::string& name, const ImageHeader& header,
                       const JpegPart& part) {
  Image image = make_image(part.columns.end - part.columns.begin, part.rows.end - part.rows.begin, header.channels);
  std::vector<uint8_t> row(size_t(header.width) * size_t(header.channels));
  OpenJpeg jpeg(bytes, name);
  if (!jpeg_read_part(jpeg.session(), part, row, image)) damaged_jpeg(name, jpeg.session());
  return image;
}

}  // namespace retort::io
