#include "io/webp.h"

#include <webp/decode.h>
#include <webp/encode.h>

#include <cstring>

#include "core/errors.h"

namespace retort::io {

namespace {
constexpr int webp_effort = 6;  // of 9; above, twice the time gains a percent

// What libwebp's picture owns, freed on every way out.
struct WebpPicture {
  WebPPicture picture;
  WebPMemoryWriter written;

  WebpPicture() {
    RT_CHECK(WebPPictureInit(&picture), "libwebp: header and library differ in version");
    WebPMemoryWriterInit(&written);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &written;
    picture.use_argb = 1;
  }
  ~WebpPicture() {
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&written);
  }
  WebpPicture(const WebpPicture&) = delete;
  WebpPicture& operator=(const WebpPicture&) = delete;
};
}  // namespace

bool looks_like_webp(std::span<const uint8_t> bytes) {
  return bytes.size() >= 12 && std::memcmp(bytes.data(), "RIFF", 4) == 0 &&
         std::memcmp(bytes.data() + 8, "WEBP", 4) == 0;
}

ImageSize webp_size(std::span<const uint8_t> bytes, const std::string& name) {
  WebPBitstreamFeatures features;
  if (!looks_like_webp(bytes) || WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK) {
    user_error("{}: no WebP picture, or its header is cut off or damaged", name);
  }
  if (features.has_animation) user_error("{}: an animated WebP; a single picture is expected", name);
  return {features.width, features.height};
}

Image decode_webp(std::span<const uint8_t> bytes, const std::string& name, const ImageLimits& limits) {
  const auto size = webp_size(bytes, name);
  if (size.width > limits.max_side || size.height > limits.max_side ||
      int64_t{size.width} * size.height > limits.max_pixels) {
    user_error("{}: {}x{} pixels; at most {} a side and {} in all are taken", name, size.width, size.height,
               limits.max_side, limits.max_pixels);
  }
  Image image = make_image(size.width, size.height, 4);
  const int row_bytes = 4 * image.width;
  if (!WebPDecodeRGBAInto(bytes.data(), bytes.size(), image.pixels.data(), image.pixels.size(), row_bytes)) {
    user_error("{}: damaged or cut off WebP", name);
  }
  return image;
}

std::string encode_webp(const Image& image) {
  RT_CHECK(image.channels == 4 && image.width > 0 && image.height > 0 && image.width <= webp_max_side &&
               image.height <= webp_max_side,
           "webp: {}x{} of {} channels", image.width, image.height, image.channels);
  WebPConfig config;
  RT_CHECK(WebPConfigInit(&config) && WebPConfigLosslessPreset(&config, webp_effort), "libwebp can't start");
  config.exact = 1;
  WebpPicture target;
  target.picture.width = image.width;
  target.picture.height = image.height;
  RT_CHECK(WebPPictureImportRGBA(&target.picture, image.pixels.data(), 4 * image.width) &&
               WebPEncode(&config, &target.picture),
           "libwebp could not write {}x{} pixels: error {}", image.width, image.height,
           static_cast<int>(target.picture.error_code));
  return {reinterpret_cast<const char*>(target.written.mem), target.written.size};
}

}  // namespace retort::io
