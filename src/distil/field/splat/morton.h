// Neighbours in space become neighbours in memory.
#pragma once

#include <cstdint>
#include <vector>

namespace retort::splat {

/// The order of `count` points [count,3] along a Morton curve through their bounding box (21 bits an axis); ties keep
/// their order, points that are not finite come first.
std::vector<int64_t> morton_order(const float* points, int64_t count);

}  // namespace retort::splat
