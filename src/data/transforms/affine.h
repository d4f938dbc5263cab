// Shears, shifts and turns by the nearest pixel, as the augmentation policies use them.
#pragma once

#include <array>

#include "data/sets/sample.h"

namespace retort::data {

/// Output pixel centre (x, y) comes from input (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]).
using AffineMap = std::array<double, 6>;

AffineMap shear_x_map(double factor);
AffineMap shear_y_map(double factor);
AffineMap translate_map(int right, int down);
/// Counter-clockwise about the middle of a width x height picture.
AffineMap rotate_map(double degrees, int height, int width);

/// Pixels from outside become `fill`.
Picture warp_nearest(const Picture& picture, const AffineMap& output_to_input, uint8_t fill = 0);

}  // namespace retort::data
