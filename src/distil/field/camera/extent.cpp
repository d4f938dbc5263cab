#include "distil/field/camera/extent.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"

namespace retort::field {

SceneExtent scene_extent(std::span<const Vector3> centres) {
  RT_CHECK(!centres.empty(), "scene extent: no camera centres");
  Vector3 mean = {0, 0, 0};
  for (const auto& centre : centres) {
    for (int axis = 0; axis < 3; ++axis) mean[axis] += centre[axis] / double(centres.size());
  }
  double farthest = 0;
  for (const auto& centre : centres) {
    farthest = std::max(farthest, std::hypot(centre[0] - mean[0], centre[1] - mean[1], centre[2] - mean[2]));
  }
  return {.radius = 1.1 * farthest, .translate = {-mean[0], -mean[1], -mean[2]}};
}

}  // namespace retort::field
