// 8-bit pictures: reading PNG and JPEG by content, writing PNG.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace retort::io {

/// Interleaved rows from the top: pixels[(y * width + x) * channels + c]. 1 channel: grey, 3: RGB, 4: RGBA (alpha not
/// premultiplied).
struct Image {
  int width = 0, height = 0, channels = 0;
  std::vector<uint8_t> pixels;

  bool empty() const { return pixels.empty(); }
  const uint8_t* at(int x, int y) const { return pixels.data() + (size_t(y) * width + x) * channels; }
  uint8_t* at(int x, int y) { return pixels.data() + (size_t(y) * width + x) * channels; }
};

/// A black (and transparent) picture. Fault unless sizes are positive and channels are 1, 3 or 4.
Image make_image(int width, int height, int channels);

struct ImageSize {
  int width = 0, height = 0;
  bool operator==(const ImageSize&) const = default;
};

/// Whether a photo is turned the way its EXIF tag says, or kept as its pixels lie (what COLMAP sees).
enum class Orientation { as_tagged, as_stored };

/// What a picture may measure; checked on the header, before any memory is asked for.
struct ImageLimits {
  int max_side = 65535;
  int64_t max_pixels = int64_t(1) << 27;
};

/// Reads a PNG or JPEG, told apart by content and not by name. Palettes and 1, 2, 4-bit grey are expanded; grey with
/// alpha becomes RGBA. UserError (file, fault, remedy) for empty, truncated or damaged files, other formats, 16-bit
/// PNG, CMYK JPEG and sizes above the limits.
Image read_image(const std::filesystem::path& path, Orientation orientation = Orientation::as_tagged);

/// Width and height from the header alone; of a turned photo as it is shown, when asked for `as_tagged`.
ImageSize image_size(const std::filesystem::path& path, Orientation orientation = Orientation::as_tagged);

/// The same from bytes in memory; `name` leads the messages.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name,
                   Orientation orientation = Orientation::as_tagged, const ImageLimits& limits = {});
ImageSize decode_image_size(std::span<const uint8_t> bytes, const std::string& name,
                            Orientation orientation = Orientation::as_tagged, const ImageLimits& limits = {});

/// A part of a picture in pixels of the whole one, all of it inside, and the scale to decode it at: n / 8 of each side.
struct ImagePart {
  int left = 0, top = 0, width = 0, height = 0;
  int eighths = 8;  ///< 1 to 8
};

/// The pixels [begin, end) of a picture at n / 8 of its size that cover its pixels [begin, end).
struct PixelSpan {
  int begin = 0, end = 0;
};
inline PixelSpan scaled_span(int begin, int end, int eighths) {
  return {int(int64_t(begin) * eighths / 8), int((int64_t(end) * eighths + 7) / 8)};
}

/// What was decoded of a picture: `image` begins at (left, top) of the picture at `eighths` / 8 of its size.
struct PartialImage {
  Image image = {};
  ImageSize whole = {};  ///< at full size
  int left = 0, top = 0;
  int eighths = 8;
};

/// Decodes at least the part that `choose` names when told the size of the whole, as it is shown. Of a JPEG that is
/// stored as it is shown only that part is decoded, exactly the pixels that decode_image() gives at scale 8 / 8, and
/// damage elsewhere may go unnoticed; but a file that does not end as a JPEG ends is decoded whole, so that a
/// truncated one is always refused. Other pictures are decoded whole at full size. Fault for a part that leaves the
/// picture; UserError as decode_image().
PartialImage decode_image_part(std::span<const uint8_t> bytes, const std::string& name,
                               const std::function<ImagePart(ImageSize)>& choose, const ImageLimits& limits = {});

/// Writes a PNG atomically (see AtomicFile).
void write_png(const std::filesystem::path& path, const Image& image);

/// Three channels: grey is repeated, alpha is laid over `background`.
Image to_rgb(const Image& image, std::array<uint8_t, 3> background = {0, 0, 0});

/// One channel: the mean of red, green and blue, rounded; alpha is dropped.
Image to_grey(const Image& image);

}  // namespace retort::io
