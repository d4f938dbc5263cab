// Resizing by the area (box) filter: each new pixel is the mean of what it covers, borders weighted by their share.
#pragma once

#include <span>
#include <vector>

#include "io/image.h"

namespace retort::io {

/// Any number of channels; values rounded to nearest. Enlarging works too (a new pixel then lies in one or two old
/// ones). Fault unless the new size is positive. Alpha is averaged like the colours.
Image area_resize(const Image& image, int width, int height);

/// Planes [C,H,W] -> [C,height,width], float32 (sums in float64).
std::vector<float> area_resize(std::span<const float> planes, int channels, int source_height, int source_width,
                               int height, int width);

}  // namespace retort::io
