#include "io/colour_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/errors.h"

namespace retort::io {
namespace {

uint8_t srgb_byte(double linear) {
  const double clipped = std::clamp(linear, 0.0, 1.0);
  const double encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * std::pow(clipped, 1 / 2.4) - 0.055;
  return uint8_t(255 * encoded + 0.5);
}

// OKLab (Bjoern Ottosson, 2020) in polar form to sRGB; hue in radians.
std::array<uint8_t, 3> srgb_of_oklch(double lightness, double chroma, double hue) {
  const double a = chroma * std::cos(hue), b = chroma * std::sin(hue);
  const double long_root = lightness + 0.3963377774 * a + 0.2158037573 * b;
  const double medium_root = lightness - 0.1055613458 * a - 0.0638541728 * b;
  const double short_root = lightness - 0.0894841775 * a - 1.2914855480 * b;
  const double l = std::pow(long_root, 3), m = std::pow(medium_root, 3), s = std::pow(short_root, 3);
  return {srgb_byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          srgb_byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          srgb_byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

// Lightness rises evenly while the hue turns from violet over red to yellow; chroma swells where the screen has room.
std::array<uint8_t, 3> perceptual_colour(double value) {
  const double first_hue = -75 * std::numbers::pi / 180, last_hue = 105 * std::numbers::pi / 180;
  const double lightness = 0.16 + 0.80 * value;
  const double chroma = 0.05 + 0.125 * std::sin(std::numbers::pi * std::pow(value, 0.9));
  return srgb_of_oklch(lightness, chroma, first_hue + (last_hue - first_hue) * value);
}

std::array<uint8_t, 3> rainbow_colour(double value) {
  const auto ramp = [&](double centre) {
    return uint8_t(255 * std::clamp(1.5 - std::abs(4 * value - centre), 0.0, 1.0) + 0.5);
  };
  return {ramp(3), ramp(2), ramp(1)};
}

}  // namespace

std::array<uint8_t, 3> colour_of(ColourMap map, double value) {
  if (std::isnan(value)) return {0, 0, 0};
  const double clipped = std::clamp(value, 0.0, 1.0);
  return map == ColourMap::perceptual ? perceptual_colour(clipped) : rainbow_colour(clipped);
}

Image apply_colour_map(std::span<const float> values, int width, int height, float low, float high, ColourMap map) {
  RT_CHECK(values.size() == size_t(width) * height, "colour map: {} values for {}x{}", values.size(), width, height);
  constexpr int steps = 1024;
  std::array<std::array<uint8_t, 3>, steps> table;
  for (int i = 0; i < steps; ++i) table[size_t(i)] = colour_of(map, double(i) / (steps - 1));
  Image image = make_image(width, height, 3);
  const double scale = high > low ? 1.0 / (double(high) - low) : 0.0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    const double position = scale > 0 ? std::clamp((values[i] - double(low)) * scale, 0.0, 1.0) : 0.0;
    std::copy_n(table[size_t(position * (steps - 1) + 0.5)].begin(), 3, image.pixels.begin() + 3 * std::ptrdiff_t(i));
  }
  return image;
}

}  // namespace retort::io
