#include "io/image.h"

#include <algorithm>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "io/jpeg.h"
#include "io/mapped_file.h"
#include "io/png.h"

namespace retort::io {
namespace {

// Best cases of the formats, generously: deflate shrinks 1032 times and a pixel takes at least a bit; a JPEG block of
// up to 32 x 32 pixels takes at least a bit.
constexpr int64_t png_pixels_per_byte = 1032 * 8;
constexpr int64_t jpeg_pixels_per_byte = 32 * 32 * 8;

ImageHeader read_image_header(std::span<const uint8_t> bytes, const std::string& name, const ImageLimits& limits) {
  if (bytes.empty()) user_error("{}: the file is empty; copy the photo again", name);
  if (looks_like_png(bytes)) {
    const auto header = png_header(bytes, name);
    check_image_size(header, limits, bytes.size(), png_pixels_per_byte, name);
    return header;
  }
  if (looks_like_jpeg(bytes)) {
    const auto header = jpeg_header(bytes, name);
    check_image_size(header, limits, bytes.size(), jpeg_pixels_per_byte, name);
    return header;
  }
  user_error("{}: neither PNG nor JPEG (by its first bytes); convert the photo to one of them", name);
}

// Source position of a turned picture's pixel (x, y); width and height are those of the stored picture.
struct ExifTurn {
  int rotation, width, height;

  std::array<int, 2> source(int x, int y) const {
    switch (rotation) {
      case 2:
        return {width - 1 - x, y};
      case 3:
        return {width - 1 - x, height - 1 - y};
      case 4:
        return {x, height - 1 - y};
      case 5:
        return {y, x};
      case 6:
        return {y, height - 1 - x};
      case 7:
        return {width - 1 - y, height - 1 - x};
      case 8:
        return {width - 1 - y, x};
      default:
        return {x, y};
    }
  }
};

bool swaps_sides(int exif_rotation) { return exif_rotation >= 5; }

Image turned_image(const Image& stored, int exif_rotation) {
  const ExifTurn turn{exif_rotation, stored.width, stored.height};
  const bool swap = swaps_sides(exif_rotation);
  Image result = make_image(swap ? stored.height : stored.width, swap ? stored.width : stored.height, stored.channels);
  for (int y = 0; y < result.height; ++y) {
    for (int x = 0; x < result.width; ++x) {
      const auto [from_x, from_y] = turn.source(x, y);
      std::copy_n(stored.at(from_x, from_y), stored.channels, result.at(x, y));
    }
  }
  return result;
}

ImageSize image_size_in(const ImageHeader& header, Orientation orientation) {
  const ImageSize stored{int(header.width), int(header.height)};
  const bool swap = orientation == Orientation::as_tagged && swaps_sides(header.exif_rotation);
  return swap ? ImageSize{stored.height, stored.width} : stored;
}

}  // namespace

Image make_image(int width, int height, int channels) {
  RT_CHECK(width > 0 && height > 0 && (channels == 1 || channels == 3 || channels == 4), "image {}x{} of {} channels",
           width, height, channels);
  return {width, height, channels, std::vector<uint8_t>(size_t(width) * height * channels)};
}

void check_image_size(const ImageHeader& header, const ImageLimits& limits, size_t file_bytes, int64_t pixels_per_byte,
                      const std::string& name) {
  if (header.width <= 0 || header.height <= 0) {
    user_error("{}: the header says {}x{} pixels; the file is damaged, copy it again", name, header.width,
               header.height);
  }
  if (header.width > limits.max_side || header.height > limits.max_side ||
      header.width * header.height > limits.max_pixels) {
    user_error("{}: {}x{} pixels; at most {} a side and {} in all are taken: make the photo smaller", name,
               header.width, header.height, limits.max_side, limits.max_pixels);
  }
  if (header.width * header.height / pixels_per_byte > int64_t(file_bytes)) {
    user_error("{}: {} bytes can't hold the {}x{} pixels of its header; the file is damaged, copy it again", name,
               file_bytes, header.width, header.height);
  }
}

Image decode_image(std::span<const uint8_t> bytes, const std::string& name, Orientation orientation,
                   const ImageLimits& limits) {
  const auto header = read_image_header(bytes, name, limits);
  Image image = looks_like_png(bytes) ? decode_png(bytes, name, header) : decode_jpeg(bytes, name, header);
  const bool turn = orientation == Orientation::as_tagged && header.exif_rotation != 1;
  return turn ? turned_image(image, header.exif_rotation) : image;
}

PartialImage decode_image_part(std::span<const uint8_t> bytes, const std::string& name,
                               const std::function<ImagePart(ImageSize)>& choose, const ImageLimits& limits) {
  const auto header = read_image_header(bytes, name, limits);
  PartialImage result{.whole = image_size_in(header, Orientation::as_tagged)};
  if (!looks_like_jpeg(bytes) || header.exif_rotation != 1 || !ends_like_jpeg(bytes)) {
    result.image = decode_image(bytes, name, Orientation::as_tagged, limits);
    return result;
  }
  ImagePart part = choose(result.whole);
  RT_CHECK(part.left >= 0 && part.top >= 0 && part.width > 0 && part.height > 0 &&
               part.width <= result.whole.width - part.left && part.height <= result.whole.height - part.top &&
               part.eighths >= 1 && part.eighths <= 8,
           "part {}x{} at ({}, {}), {}/8, of a picture of {}x{}", part.width, part.height, part.left, part.top,
           part.eighths, result.whole.width, result.whole.height);
  if (!header.can_scale) part.eighths = 8;
  const PixelSpan columns = scaled_span(part.left, part.left + part.width, part.eighths);
  const PixelSpan rows = scaled_span(part.top, part.top + part.height, part.eighths);
  result.left = columns.begin;
  result.top = rows.begin;
  result.eighths = part.eighths;
  result.image = decode_jpeg_part(bytes, name, header, {columns, rows, part.eighths});
  return result;
}

ImageSize decode_image_size(std::span<const uint8_t> bytes, const std::string& name, Orientation orientation,
                            const ImageLimits& limits) {
  return image_size_in(read_image_header(bytes, name, limits), orientation);
}

Image read_image(const std::filesystem::path& path, Orientation orientation) {
  const MappedFile file(path);
  return decode_image(file.bytes(), path.string(), orientation);
}

ImageSize image_size(const std::filesystem::path& path, Orientation orientation) {
  const MappedFile file(path);
  return decode_image_size(file.bytes(), path.string(), orientation);
}

void write_png(const std::filesystem::path& path, const Image& image) { write_whole_file(path, encode_png(image)); }

Image to_rgb(const Image& image, std::array<uint8_t, 3> background) {
  if (image.channels == 3) return image;
  Image result = make_image(image.width, image.height, 3);
  const size_t pixels = size_t(image.width) * image.height;
  for (size_t i = 0; i < pixels; ++i) {
    const uint8_t* from = image.pixels.data() + i * image.channels;
    for (int c = 0; c < 3; ++c) {
      const int alpha = image.channels == 4 ? from[3] : 255;
      const int value = image.channels == 1 ? from[0] : from[c];
      result.pixels[3 * i + c] = uint8_t((value * alpha + background[c] * (255 - alpha) + 127) / 255);
    }
  }
  return result;
}

Image to_grey(const Image& image) {
  if (image.channels == 1) return image;
  Image result = make_image(image.width, image.height, 1);
  for (size_t i = 0; i < result.pixels.size(); ++i) {
    const uint8_t* from = image.pixels.data() + i * image.channels;
    result.pixels[i] = uint8_t((from[0] + from[1] + from[2] + 1) / 3);
  }
  return result;
}

}  // namespace retort::io
