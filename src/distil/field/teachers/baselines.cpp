#include "distil/field/teachers/baselines.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/feature_map.h"

namespace retort::field {

namespace {
double squared_distance(const Vector3& a, const Vector3& b) {
  double sum = 0;
  for (int axis = 0; axis < 3; ++axis) sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
  return sum;
}

/// The camera's forward axis in the world: third row of the world-to-camera rotation.
Vector3 viewing_direction(const Camera& camera) {
  return {camera.world_to_camera[8], camera.world_to_camera[9], camera.world_to_camera[10]};
}

double angle_between(const Vector3& a, const Vector3& b) {
  const double cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return std::acos(std::clamp(cosine, -1.0, 1.0));
}

double mean_distance_from_middle(const std::vector<Vector3>& points) {
  Vector3 middle = {0, 0, 0};
  for (const auto& point : points)
    for (int axis = 0; axis < 3; ++axis) middle[axis] += point[axis] / static_cast<double>(points.size());
  double sum = 0;
  for (const auto& point : points) sum += std::sqrt(squared_distance(point, middle));
  return sum / static_cast<double>(points.size());
}
}  // namespace

int nearest_camera(const Camera& camera, const std::vector<Camera>& candidates) {
  RT_CHECK(!candidates.empty(), "nearest camera: no candidates");
  std::vector<Vector3> centres;
  for (const auto& candidate : candidates) centres.push_back(candidate.centre());
  // Cameras all in one place differ by direction alone.
  const double unit = std::max(mean_distance_from_middle(centres), 1e-12);
  int nearest = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < candidates.size(); ++i) {
    const double distance = std::sqrt(squared_distance(camera.centre(), centres[i])) / unit +
                            angle_between(viewing_direction(camera), viewing_direction(candidates[i]));
    if (distance < smallest) {
      smallest = distance;
      nearest = static_cast<int>(i);
    }
  }
  return nearest;
}

at::Tensor nearest_view_map(const TeacherMaps& maps, const Scene& scene, int view) {
  std::vector<Camera> cameras;
  std::vector<int> views;
  for (const int candidate : scene.train) {
    if (candidate == view || !maps.has(candidate)) continue;
    cameras.push_back(scene.views.at(candidate).camera);
    views.push_back(candidate);
  }
  const int nearest = views.at(nearest_camera(scene.views.at(view).camera, cameras));
  auto map = maps.read_stored(nearest).to(at::kFloat);
  const auto wanted = maps.has(view) ? maps.shape(view) : maps.shape(nearest);
  if (map.size(1) == wanted.height && map.size(2) == wanted.width) return map;
  return at::upsample_bilinear2d(map.unsqueeze(0), {wanted.height, wanted.width}, true).squeeze(0);
}

at::Tensor mean_feature(const TeacherMaps& maps, const Scene& scene) {
  auto sum = at::zeros({maps.stored_channels()}, at::kDouble);
  int64_t counted = 0;
  for (const int view : scene.train) {
    if (!maps.has(view)) continue;
    sum += maps.read_stored(view).to(at::kDouble).mean({1, 2});
    ++counted;
  }
  RT_CHECK(counted > 0, "mean feature: no training view has a map");
  return (sum / counted).to(at::kFloat);
}

at::Tensor constant_map(const TeacherMaps& maps, const at::Tensor& mean, int view) {
  const auto shape = maps.shape(view);
  return mean.view({-1, 1, 1}).expand({mean.size(0), shape.height, shape.width});
}

}  // namespace retort::field
