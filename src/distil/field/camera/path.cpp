#include "distil/field/camera/path.h"

#include <algorithm>
#include <cmath>
#include <numbers>

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
Matrix4 view_from(const Matrix3& r, const Vector3& centre) {
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

Vector3 sum_of(const Vector3& a, const Vector3& b, double share = 1) {
  return {a[0] + share * b[0], a[1] + share * b[1], a[2] + share * b[2]};
}
double dot_of(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector3 cross_of(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vector3 unit_of(const Vector3& a) {
  const double length = std::sqrt(dot_of(a, a));
  return {a[0] / length, a[1] / length, a[2] / length};
}
// Row of the rotation, which is the camera's x (0), y (1) or z (2) axis in the world.
Vector3 axis_of(const Camera& camera, int row) {
  const auto& m = camera.world_to_camera;
  return {m[4 * row], m[4 * row + 1], m[4 * row + 2]};
}

Vector3 mean_centre(const std::vector<Camera>& views) {
  Vector3 sum{};
  for (const auto& view : views) sum = sum_of(sum, view.centre());
  return {sum[0] / double(views.size()), sum[1] / double(views.size()), sum[2] / double(views.size())};
}

// Mean of an axis over the views; where the views cancel out, the first one's.
Vector3 mean_axis(const std::vector<Camera>& views, int row) {
  Vector3 sum{};
  for (const auto& view : views) sum = sum_of(sum, axis_of(view, row));
  return dot_of(sum, sum) < 1e-6 ? axis_of(views.front(), row) : unit_of(sum);
}

// The point with the least sum of squared distances to the optical axes. Axes that are nearly parallel, or that meet
// behind the cameras, have none to look at: then one unit before the mean centre, where any depth is as good.
Vector3 focus_of(const std::vector<Camera>& views) {
  std::array<Vector3, 3> rows{};  // of the sum of (I - z z^T), symmetric
  Vector3 right{};
  for (const auto& view : views) {
    const auto z = axis_of(view, 2), centre = view.centre();
    for (int row = 0; row < 3; ++row) {
      for (int column = 0; column < 3; ++column) {
        const double entry = (row == column ? 1 : 0) - z[row] * z[column];
        rows[row][column] += entry;
        right[row] += entry * centre[column];
      }
    }
  }
  const double determinant = dot_of(rows[0], cross_of(rows[1], rows[2]));
  const double size = static_cast<double>(views.size());
  const auto before = sum_of(mean_centre(views), mean_axis(views, 2));
  if (determinant < 1e-6 * size * size * size) return before;
  // Cramer's rule; the matrix is symmetric, so that its rows are its columns.
  const Vector3 focus = {dot_of(right, cross_of(rows[1], rows[2])) / determinant,
                         dot_of(rows[0], cross_of(right, rows[2])) / determinant,
                         dot_of(rows[0], cross_of(rows[1], right)) / determinant};
  double depth = 0;
  for (const auto& view : views) depth += dot_of(sum_of(focus, view.centre(), -1), axis_of(view, 2));
  return depth > 0 ? focus : before;
}

// From `centre` towards `target`, upright to `up`.
Camera looking(const Camera& intrinsics, const Vector3& centre, const Vector3& target, const Vector3& up) {
  const auto z = unit_of(sum_of(target, centre, -1));
  const auto x = unit_of(cross_of(z, up));
  const auto y = cross_of(z, x);
  Camera camera = intrinsics;
  camera.world_to_camera = view_from({x[0], x[1], x[2], y[0], y[1], y[2], z[0], z[1], z[2]}, centre);
  return camera;
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
    camera.world_to_camera = view_from(rotation_of(rotation), centre);
    path.push_back(camera);
  }
  return path;
}

std::vector<Camera> orbit_path(const std::vector<Camera>& views, int frames) {
  RT_CHECK(!views.empty() && frames >= 1, "orbit: {} views, {} frames", views.size(), frames);
  const auto focus = focus_of(views), down = mean_axis(views, 1);
  const Vector3 up = {-down[0], -down[1], -down[2]};
  double radius = 0, height = 0;
  Vector3 first{};  // from the focus to the first view that stands beside it, level
  for (const auto& view : views) {
    const auto offset = sum_of(view.centre(), focus, -1);
    const auto level = sum_of(offset, up, -dot_of(offset, up));
    height += dot_of(offset, up) / double(views.size());
    radius += std::sqrt(dot_of(level, level)) / double(views.size());
    if (dot_of(first, first) < 1e-12) first = level;
  }
  // All views straight above the focus: any side will do.
  const auto front = dot_of(first, first) < 1e-12 ? unit_of(axis_of(views.front(), 0)) : unit_of(first);
  const auto side = cross_of(up, front);
  radius = std::max(radius, 1e-3 * std::max(std::abs(height), 1e-3));
  std::vector<Camera> path;
  for (int frame = 0; frame < frames; ++frame) {
    const double angle = 2 * std::numbers::pi * frame / frames;
    auto centre = sum_of(focus, up, height);
    centre = sum_of(sum_of(centre, front, radius * std::cos(angle)), side, radius * std::sin(angle));
    path.push_back(looking(views.front(), centre, focus, up));
  }
  return path;
}

std::vector<Camera> spiral_path(const std::vector<Camera>& views, int frames) {
  RT_CHECK(!views.empty() && frames >= 1, "spiral: {} views, {} frames", views.size(), frames);
  constexpr double turns = 2, depth_rate = 0.5, width_share = 0.9;
  const auto middle = mean_centre(views), focus = focus_of(views);
  const auto forward = unit_of(sum_of(focus, middle, -1)), down = mean_axis(views, 1);
  const Vector3 up = {-down[0], -down[1], -down[2]};
  const auto right = unit_of(cross_of(forward, up));
  const std::array<Vector3, 3> axes = {right, cross_of(forward, right), forward};
  Vector3 reach{};  // along each axis, the 90th percentile of the views' distances from the middle
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<double> distances;
    for (const auto& view : views) distances.push_back(std::abs(dot_of(sum_of(view.centre(), middle, -1), axes[axis])));
    std::sort(distances.begin(), distances.end());
    reach[axis] = distances[static_cast<size_t>(width_share * double(distances.size() - 1) + 0.5)];
  }
  std::vector<Camera> path;
  for (int frame = 0; frame < frames; ++frame) {
    const double angle = 2 * std::numbers::pi * turns * frame / frames;
    auto centre = sum_of(middle, axes[0], reach[0] * std::cos(angle));
    centre = sum_of(centre, axes[1], reach[1] * std::sin(angle));
    centre = sum_of(centre, axes[2], reach[2] * std::sin(angle * depth_rate));
    path.push_back(looking(views.front(), centre, focus, up));
  }
  return path;
}

}  // namespace retort::field
