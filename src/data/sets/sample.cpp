#include "data/sets/sample.h"

#include "core/errors.h"
#include "core/isa.h"
#include "data/sets/planes_avx2.h"

namespace retort::data {

Picture make_picture(int channels, int height, int width) {
  RT_CHECK(channels > 0 && height > 0 && width > 0, "picture [{},{},{}]", channels, height, width);
  return {channels, height, width, std::vector<uint8_t>(size_t(channels) * height * width)};
}

Picture to_planes(const io::Image& image) {
  if (image.channels == 1) return {1, image.height, image.width, image.pixels};
  Picture planes = make_picture(image.channels, image.height, image.width);
  const size_t plane = planes.plane();
  if (image.channels == 3 && int64_t(plane) >= split_rgb_least && chosen_isa() >= Isa::avx2) {
    split_rgb_avx2(image.pixels.data(), int64_t(plane), planes.row(0, 0), planes.row(1, 0), planes.row(2, 0));
    return planes;
  }
  for (int c = 0; c < image.channels; ++c) {
    const uint8_t* from = image.pixels.data() + c;
    uint8_t* to = planes.pixels.data() + plane * size_t(c);
    for (size_t i = 0; i < plane; ++i) to[i] = from[i * size_t(image.channels)];
  }
  return planes;
}

io::ImageSize whole_size(const Sample& sample) {
  const bool whole = sample.view.whole_width == 0;
  return whole ? io::ImageSize{sample.image.width, sample.image.height}
               : io::ImageSize{sample.view.whole_width, sample.view.whole_height};
}

io::Image to_interleaved(const Picture& picture) {
  io::Image image = io::make_image(picture.width, picture.height, picture.channels);
  const size_t plane = picture.plane();
  for (int c = 0; c < picture.channels; ++c) {
    const uint8_t* from = picture.pixels.data() + plane * size_t(c);
    uint8_t* to = image.pixels.data() + c;
    for (size_t i = 0; i < plane; ++i) to[i * size_t(picture.channels)] = from[i];
  }
  return image;
}

}  // namespace retort::data
