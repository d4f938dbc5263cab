#include "distil/field/splat/morton.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace retort::splat {

namespace {

/// Spreads the lowest 21 bits so that two zeros follow each.
uint64_t spread_bits(uint64_t value) {
  value &= 0x1fffff;
  value = (value | value << 32) & 0x1f00000000ffff;
  value = (value | value << 16) & 0x1f0000ff0000ff;
  value = (value | value << 8) & 0x100f00f00f00f00f;
  value = (value | value << 4) & 0x10c30c30c30c30c3;
  return (value | value << 2) & 0x1249249249249249;
}

bool is_finite_point(const float* point) {
  return std::isfinite(point[0]) && std::isfinite(point[1]) && std::isfinite(point[2]);
}

}  // namespace

std::vector<int64_t> morton_order(const float* points, int64_t count) {
  constexpr double cells = (1 << 21) - 1;
  std::array<double, 3> low, high;
  low.fill(std::numeric_limits<double>::infinity());
  high.fill(-std::numeric_limits<double>::infinity());
  for (int64_t index = 0; index < count; ++index) {
    if (!is_finite_point(points + 3 * index)) continue;
    for (int axis = 0; axis < 3; ++axis) {
      low[axis] = std::min<double>(low[axis], points[3 * index + axis]);
      high[axis] = std::max<double>(high[axis], points[3 * index + axis]);
    }
  }
  std::vector<std::pair<uint64_t, int64_t>> keys(count);
  for (int64_t index = 0; index < count; ++index) {
    uint64_t key = 0;
    for (int axis = 0; axis < 3 && is_finite_point(points + 3 * index); ++axis) {
      const double extent = high[axis] - low[axis];
      const double place = extent > 0 ? (points[3 * index + axis] - low[axis]) / extent : 0;
      key |= spread_bits(static_cast<uint64_t>(place * cells)) << axis;
    }
    keys[index] = {key, index};
  }
  std::sort(keys.begin(), keys.end());
  std::vector<int64_t> order(count);
  for (int64_t index = 0; index < count; ++index) order[index] = keys[index].second;
  return order;
}

}  // namespace retort::splat
