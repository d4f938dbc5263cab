// Colours for numbers: depth, relevancy, error pictures.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "io/image.h"

namespace retort::io {

enum class ColourMap {
  perceptual,  ///< dark violet to light yellow, lightness and hue even in OKLab: equal steps look equal
  rainbow      ///< blue, cyan, green, yellow, red by linear ramps: shows bands and small differences
};

/// RGB of a value in [0, 1]; values outside take the nearer end, NaN is black.
std::array<uint8_t, 3> colour_of(ColourMap map, double value);

/// [height,width] values -> RGB, with `low` at one end of the map and `high` at the other. low == high: all low.
Image apply_colour_map(std::span<const float> values, int width, int height, float low, float high, ColourMap map);

}  // namespace retort::io
