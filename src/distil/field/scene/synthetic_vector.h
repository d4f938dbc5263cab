// Three numbers with arithmetic: all that the synthetic scene's ray tracer needs.
#pragma once

#include <cmath>

namespace retort::field {

struct Vec3 {
  double x = 0, y = 0, z = 0;
};

inline Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3 operator*(Vec3 a, Vec3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
inline Vec3 operator*(Vec3 a, double s) { return {a.x * s, a.y * s, a.z * s}; }
inline double dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 cross(Vec3 a, Vec3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
inline double length(Vec3 a) { return std::sqrt(dot(a, a)); }
inline Vec3 normalised(Vec3 a) { return a * (1 / length(a)); }
inline Vec3 mix(Vec3 a, Vec3 b, double share) { return a * (1 - share) + b * share; }

/// 0 below `low`, 1 above `high`, a smooth cubic between.
inline double smooth_step(double low, double high, double value) {
  const double t = std::fmin(std::fmax((value - low) / (high - low), 0.0), 1.0);
  return t * t * (3 - 2 * t);
}

}  // namespace retort::field
