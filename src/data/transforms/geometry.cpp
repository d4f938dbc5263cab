#include "data/transforms/geometry.h"

#include <algorithm>
#include <cstring>

#include "core/errors.h"

namespace retort::data {

namespace {

// The window in pixels of what was decoded.
Window window_in_view(const Window& window, const PictureView& view) {
  if (view.whole_width == 0) return window;
  const auto columns = io::scaled_span(window.left, window.left + window.width, view.eighths);
  const auto rows = io::scaled_span(window.top, window.top + window.height, view.eighths);
  return {rows.begin - view.top, columns.begin - view.left, rows.end - rows.begin, columns.end - columns.begin};
}

bool covers_all(const Window& window, const Picture& picture) {
  return window == Window{0, 0, picture.height, picture.width};
}

}  // namespace

Picture crop_picture(const Picture& picture, const Window& window, uint8_t fill) {
  RT_CHECK(window.height > 0 && window.width > 0, "crop of {}x{} pixels", window.width, window.height);
  Picture part{picture.channels, window.height, window.width, {}};
  part.pixels.assign(size_t(part.channels) * part.plane(), fill);
  const int first_x = std::clamp(-window.left, 0, window.width);
  const int last_x = std::clamp(picture.width - window.left, first_x, window.width);
  const int first_y = std::clamp(-window.top, 0, window.height);
  const int last_y = std::clamp(picture.height - window.top, first_y, window.height);
  if (first_x == last_x) return part;
  for (int c = 0; c < part.channels; ++c) {
    for (int y = first_y; y < last_y; ++y) {
      std::memcpy(part.row(c, y) + first_x, picture.row(c, y + window.top) + first_x + window.left,
                  size_t(last_x - first_x));
    }
  }
  return part;
}

void mirror_picture(Picture& picture) {
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 0; y < picture.height; ++y) std::reverse(picture.row(c, y), picture.row(c, y) + picture.width);
  }
}

void crop_sample(Sample& sample, const Window& window, uint8_t fill) {
  const io::ImageSize before = whole_size(sample);
  const Window in_image = window_in_view(window, sample.view);
  if (!covers_all(in_image, sample.image)) sample.image = crop_picture(sample.image, in_image, fill);
  if (!sample.detail.empty()) {
    const int factor = sample.detail.width / before.width;
    sample.detail =
        crop_picture(sample.detail,
                     {window.top * factor, window.left * factor, window.height * factor, window.width * factor}, fill);
  }
  sample.view = {};
  if (!sample.mask.empty()) sample.mask = crop_picture(sample.mask, window, void_class);
  for (Box& box : sample.boxes) {
    box.x_min = std::clamp(box.x_min - float(window.left), 0.f, float(window.width));
    box.x_max = std::clamp(box.x_max - float(window.left), 0.f, float(window.width));
    box.y_min = std::clamp(box.y_min - float(window.top), 0.f, float(window.height));
    box.y_max = std::clamp(box.y_max - float(window.top), 0.f, float(window.height));
  }
  std::erase_if(sample.boxes, [](const Box& box) { return box.x_max <= box.x_min || box.y_max <= box.y_min; });
}

void mirror_sample(Sample& sample) {
  mirror_picture(sample.image);
  mirror_picture(sample.mask);
  mirror_picture(sample.detail);
  const auto width = float(sample.image.width);
  for (Box& box : sample.boxes) {
    const float x_min = width - box.x_max;
    box.x_max = width - box.x_min;
    box.x_min = x_min;
  }
}

void scale_boxes(Sample& sample, float x_factor, float y_factor) {
  for (Box& box : sample.boxes) {
    box.x_min *= x_factor;
    box.x_max *= x_factor;
    box.y_min *= y_factor;
    box.y_max *= y_factor;
  }
}

}  // namespace retort::data
