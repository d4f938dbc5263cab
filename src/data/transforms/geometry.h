// Crops and mirrors of pictures, label maps, boxes and pairs of sizes together.
#pragma once

#include <cstdint>

#include "data/sets/sample.h"

namespace retort::data {

/// A part of a picture: rows [top, top + height), columns [left, left + width). It may reach outside.
struct Window {
  int top = 0, left = 0, height = 0, width = 0;
  bool operator==(const Window&) const = default;
};

/// The part of the picture under a window; what lies outside is `fill`.
Picture crop_picture(const Picture& picture, const Window& window, uint8_t fill = 0);

/// Mirrors left and right, in place.
void mirror_picture(Picture& picture);

/// The same for a whole sample; the window counts pixels of the whole picture, and takes the nearest pixels around it
/// of one that was decoded smaller. New pixels of the label map become void_class; boxes move along, are cut at
/// the border, and vanish when nothing of them is left.
void crop_sample(Sample& sample, const Window& window, uint8_t fill = 0);
void mirror_sample(Sample& sample);

/// Multiplies the boxes' coordinates (after a resize).
void scale_boxes(Sample& sample, float x_factor, float y_factor);

}  // namespace retort::data
