// What reading and writing of SOG share (format: developer.playcanvas.com, "The SOG Format", version 2): one pixel a
// splat in several lossless pictures, and meta.json, which says what their bytes stand for.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace retort::field {

constexpr const char* sog_meta = "meta.json";
constexpr int sog_rotation_tag = 252;    ///< alpha of a rotation: this plus the place (w, x, y, z) of what is left out
constexpr int64_t sog_palette_row = 64;  ///< entries of the SH palette side by side
constexpr int64_t sog_palette_most = 1 << 16;  ///< a label has two bytes
constexpr double sog_position_steps = 65535;

/// Positions are stored by the logarithm of their distance from 0, so that what is near is kept finely.
inline double sog_log(double position) { return std::copysign(std::log1p(std::abs(position)), position); }
inline double sog_exp(double stored) { return std::copysign(std::expm1(std::abs(stored)), stored); }

/// The three components that are stored, where `largest` is left out.
inline std::array<int, 3> sog_stored_components(int largest) {
  std::array<int, 3> stored{};
  for (int index = 0, at = 0; index < 4; ++index) {
    if (index != largest) stored[at++] = index;
  }
  return stored;
}

}  // namespace retort::field
