#include "distil/field/scene/synthetic_textures.h"

#include <cstdint>
#include <numbers>

namespace retort::field {
namespace {

// sRGB 0xRRGGBB to linear.
Vec3 paint(uint32_t code) {
  const auto linear = [](uint32_t byte) { return std::pow(byte / 255.0, 2.2); };
  return {linear(code >> 16 & 255), linear(code >> 8 & 255), linear(code & 255)};
}

double lattice_value(int64_t x, int64_t y, int64_t z) {
  uint64_t h =
      uint64_t(x) * 0x9E3779B97F4A7C15u ^ uint64_t(y) * 0xC2B2AE3D27D4EB4Fu ^ uint64_t(z) * 0x165667B19E3779F9u;
  h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
  h = (h ^ h >> 27) * 0x94D049BB133111EBu;
  return double((h ^ h >> 31) >> 11) * 0x1p-53;
}

double smooth_lattice(Vec3 p) {
  const double fx = std::floor(p.x), fy = std::floor(p.y), fz = std::floor(p.z);
  const auto x = int64_t(fx), y = int64_t(fy), z = int64_t(fz);
  const double u = smooth_step(0, 1, p.x - fx), v = smooth_step(0, 1, p.y - fy), w = smooth_step(0, 1, p.z - fz);
  double sum = 0;
  for (int corner = 0; corner < 8; ++corner) {
    const int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
    sum += (i ? u : 1 - u) * (j ? v : 1 - v) * (k ? w : 1 - w) * lattice_value(x + i, y + j, z + k);
  }
  return sum;
}

bool odd(double cell) { return (int64_t(std::floor(cell)) & 1) != 0; }

double turns(double y, double x) { return std::atan2(y, x) / (2 * std::numbers::pi) + 0.5; }

Vec3 ball_albedo(Vec3 p) {
  static const Vec3 colours[] = {paint(0xE4432F), paint(0xF6EBD8), paint(0xF2B33D), paint(0xF6EBD8)};
  if (std::abs(p.z) > 0.405) return paint(0xF6EBD8);  // the caps
  return colours[int(turns(p.y, p.x) * 8) % 4];
}

Vec3 crate_albedo(Vec3 p, Vec3 half) {
  // Planks lie along the face's longer way; frames run along the edges.
  const Vec3 a = {std::abs(p.x) / half.x, std::abs(p.y) / half.y, std::abs(p.z) / half.z};
  const int face = a.x > a.y ? (a.x > a.z ? 0 : 2) : (a.y > a.z ? 1 : 2);
  const double u = face == 0 ? p.y : p.x, v = face == 2 ? p.y : p.z;
  const double edge = std::max(std::abs(u) / half.x, std::abs(v) / half.z);
  const double plank = (v / half.z + 1) * 2.5;
  const double grain = value_noise({u * 5, v * 34, double(face)}, 2);
  Vec3 wood = mix(paint(0x8F5A2B), paint(0xD79F5B), grain);
  if (edge > 0.78) return mix(paint(0x6B3F1D), paint(0x8A5528), value_noise({u * 20, v * 20, 3.0 + face}, 2));
  const double gap = std::abs(plank - std::round(plank));
  return wood * (gap < 0.06 ? 0.35 : 1.0);
}

Vec3 can_albedo(Vec3 p, Vec3 half) {
  const double level = p.z / half.z;
  if (std::abs(level) > 0.93) return paint(0xC9D2D6);  // the metal rims
  if (std::abs(level) < 0.46) {
    const double column = turns(p.y, p.x) * 9, row = level * 1.6;
    const double across = (column - std::floor(column) - 0.5) * 0.21, down = row * 0.28;
    return std::hypot(across, down) < 0.07 ? paint(0xF9D648) : paint(0xF4F6F2);
  }
  return paint(0x0E8C8A);
}

Vec3 cone_albedo(Vec3 p, Vec3 half) {
  const double level = (p.z + half.z) / (2 * half.z);
  const bool white = (level > 0.30 && level < 0.46) || (level > 0.60 && level < 0.74);
  return white ? paint(0xF5F2EA) : paint(0xF26A1B);
}

Vec3 ring_albedo(Vec3 p, Vec3 half) {
  const double around = turns(p.y, p.x) * 16;
  const double tube = turns(p.z, std::hypot(p.x, p.y) - (half.x - 0.14)) * 6;
  return odd(around) != odd(tube) ? paint(0x6A3FA0) : paint(0xD9B8F0);
}

Vec3 pill_albedo(Vec3 p) {
  const double specks = value_noise(p * 14, 2);
  if (std::abs(p.x) < 0.035) return paint(0xFFFFFF);
  return p.x < 0 ? mix(paint(0x1F4FB5), paint(0x4F8BF0), smooth_step(0.4, 0.7, specks))
                 : mix(paint(0xE9B51C), paint(0xFBE27A), smooth_step(0.4, 0.7, specks));
}

Vec3 gem_albedo(Vec3 p) {
  const double veins = std::sin(7 * p.z + 5 * p.x + 9 * value_noise(p * 3, 3));
  return mix(paint(0x0B7A3E), paint(0x7FE3A2), smooth_step(-0.6, 1.0, veins));
}

Vec3 pyramid_albedo(Vec3 p, Vec3 half) {
  const double course = (p.z + half.z) / 0.12;
  const double along = (std::abs(p.x) > std::abs(p.y) ? p.y : p.x) / 0.2 + (odd(course) ? 0.5 : 0.0);
  const double course_gap = std::abs(course - std::round(course)), joint = std::abs(along - std::round(along));
  const double tone = lattice_value(int64_t(std::floor(along)), int64_t(std::floor(course)), 7);
  const Vec3 brick = mix(paint(0xB5475E), paint(0xE58A8F), tone);
  return course_gap < 0.09 || joint < 0.05 ? paint(0xF0DCCB) : brick;
}

}  // namespace

double value_noise(Vec3 p, int octaves) {
  double sum = 0, weight = 0.5, total = 0;
  for (int octave = 0; octave < octaves; ++octave) {
    sum += weight * smooth_lattice(p);
    total += weight;
    weight *= 0.5;
    p = p * 2.03 + Vec3{17.1, 9.2, 4.7};
  }
  return sum / total;
}

Vec3 solid_albedo(const Solid& solid, Vec3 local) {
  switch (solid.shape) {
    case Shape::ball:
      return ball_albedo(local);
    case Shape::crate:
      return crate_albedo(local, solid.half_size);
    case Shape::can:
      return can_albedo(local, solid.half_size);
    case Shape::cone:
      return cone_albedo(local, solid.half_size);
    case Shape::ring:
      return ring_albedo(local, solid.half_size);
    case Shape::pill:
      return pill_albedo(local);
    case Shape::gem:
      return gem_albedo(local);
    case Shape::pyramid:
      return pyramid_albedo(local, solid.half_size);
  }
  return {};
}

Vec3 floor_albedo(double x, double y) {
  constexpr double tile = 0.7;
  const double u = x / tile, v = y / tile;
  const double tone = lattice_value(int64_t(std::floor(u)), int64_t(std::floor(v)), 1);
  const double stain = value_noise({x * 2.5, y * 2.5, 0}, 3);
  const Vec3 light = mix(paint(0xCFC7B8), paint(0xE6DFD2), tone), dark = mix(paint(0x7C8FA0), paint(0x93A6B4), tone);
  const Vec3 colour = (odd(u) != odd(v) ? light : dark) * (0.66 + 0.42 * stain);
  const double joint = std::min(std::abs(u - std::round(u)), std::abs(v - std::round(v)));
  return joint < 0.022 ? colour * 0.55 : colour;
}

}  // namespace retort::field
