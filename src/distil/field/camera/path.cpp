#include "distil/field/camera/path.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "distil/field/camera/rotation.h"

namespace retort::field {

namespace {
Matrix3 rotation_part(const Matrix4& m) { return {m[0], m[1], m[2], m[4], m[5], m[6], m[8], m[9], m[10]}; }

Quaternion between(const Quaternion& from, Quaternion to, double share) {
  double dot = 0;
  for (int axis = 0; axis < 4; ++axis) dot += from[axis] * to[axis];
  if (dot < 0) {
    for (auto& value : to) value = -value;
    dot = -dot;
  }
  const double angle = std::acos(std::min(dot, 1.0));
  double first = 1 - share, second = share;
  if (angle > 1e-6) {
    first = std::sin((1 - share) * angle) / std::sin(angle);
    second = std::sin(share * angle) / std::sin(angle);
  }
  Quaternion mixed;
  double square = 0;
  for (int axis = 0; axis < 4; ++axis) {
    mixed[axis] = first * from[axis] + second * to[axis];
    square += mixed[axis] * mixed[axis];
  }
  for (auto& value : mixed) value /= std::sqrt(square);
  return mixed;
}

// [R t] with the camera centre at `centre`.
Matrix4 view_from(const Quaternion& quaternion, const Vector3& centre) {
  const auto r = rotation_of(quaternion);
  Matrix4 view{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      view[4 * row + column] = r[3 * row + column];
      view[4 * row + 3] -= r[3 * row + column] * centre[column];
    }
  }
  view[15] = 1;
  return view;
}
}  // namespace

std::vector<Camera> camera_path(const std::vector<Camera>& keys, int frames) {
  RT_CHECK(!keys.empty() && frames >= 1, "camera path: {} keys, {} frames", keys.size(), frames);
  std::vector<Camera> path;
  for (int frame = 0; frame < frames; ++frame) {
    const double place = frames == 1 ? 0 : double(frame) * double(keys.size() - 1) / (frames - 1);
    const size_t from = std::min(static_cast<size_t>(place), keys.size() - 1), to = std::min(from + 1, keys.size() - 1);
    const double share = place - static_cast<double>(from);
    const auto rotation = between(quaternion_of(rotation_part(keys[from].world_to_camera)),
                                  quaternion_of(rotation_part(keys[to].world_to_camera)), share);
    const auto start = keys[from].centre(), end = keys[to].centre();
    Vector3 centre;
    for (int axis = 0; axis < 3; ++axis) centre[axis] = (1 - share) * start[axis] + share * end[axis];
    Camera camera = keys.front();
    camera.world_to_camera = view_from(rotation, centre);
    path.push_back(camera);
  }
  return path;
}

}  // namespace retort::field
