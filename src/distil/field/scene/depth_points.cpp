// Points from depth files.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "core/errors.h"
#include "distil/field/camera/distortion.h"
#include "distil/field/camera/undistortion.h"
#include "distil/field/scene/image_cache.h"
#include "distil/field/scene/initial_points.h"
#include "io/png.h"

namespace retort::field {
namespace {

constexpr int64_t samples_a_point = 4;           // before cells are averaged
constexpr double first_cell_share = 1.0 / 1024;  // of the cloud's largest side
constexpr double farthest_cell = 1e15;           // what lies beyond shares the outermost cell
constexpr double coarser = 1.2;                  // from one trial of a cell size to the next

struct DepthSample {
  std::array<double, 3> position;
  std::array<uint8_t, 3> colour;
};

// Every `stride`-th pixel of a view with a depth, as a point in the world with the colour that the view's picture shows
// there; what the picture leaves out of the photo is skipped.
void sample_view(const Scene& scene, const View& view, double depth_scale, int64_t stride,
                 std::vector<DepthSample>& samples) {
  const auto depth = io::read_png_grey16(view.depth);
  const auto picture = load_view_image(view, scene.background).rgb;
  const auto lens = resized(view.lens, depth.width, depth.height);
  const Distortion distortion(lens);
  const auto pinhole = resized(ideal_pinhole(view.lens, view.camera.world_to_camera), picture.width, picture.height);
  const auto camera_to_world = rigid_inverse(pinhole.world_to_camera);
  const int64_t pixels = int64_t{depth.width} * depth.height;
  for (int64_t pixel = stride / 2; pixel < pixels; pixel += stride) {
    // 0 and the largest number stand for no depth.
    const uint16_t steps = depth.pixels[size_t(pixel)];
    if (steps == 0 || steps == UINT16_MAX) continue;
    const int column = int(pixel % depth.width), row = int(pixel / depth.width);
    const auto ideal = distortion.undistort({(column + 0.5 - lens.cx) / lens.fx, (row + 0.5 - lens.cy) / lens.fy});
    const double x = ideal[0] * pinhole.fx + pinhole.cx, y = ideal[1] * pinhole.fy + pinhole.cy;
    if (!(x >= 0 && y >= 0 && x < picture.width && y < picture.height)) continue;
    const double z = steps * depth_scale;
    DepthSample sample;
    for (size_t axis = 0; axis < 3; ++axis) {
      const double* m = &camera_to_world[4 * axis];
      sample.position[axis] = m[0] * ideal[0] * z + m[1] * ideal[1] * z + m[2] * z + m[3];
    }
    const uint8_t* colour = picture.at(int(x), int(y));
    sample.colour = {colour[0], colour[1], colour[2]};
    samples.push_back(sample);
  }
}

struct CellSum {
  std::array<double, 3> position = {}, colour = {};
  double count = 0;
};

// Sums by cell of a grid of this side, in the order of the cells.
std::map<std::array<int64_t, 3>, CellSum> cells_of(const std::vector<DepthSample>& samples, double side) {
  std::map<std::array<int64_t, 3>, CellSum> cells;
  for (const auto& sample : samples) {
    std::array<int64_t, 3> key;
    for (size_t axis = 0; axis < 3; ++axis)
      key[axis] = int64_t(std::clamp(std::floor(sample.position[axis] / side), -farthest_cell, farthest_cell));
    auto& cell = cells[key];
    for (size_t axis = 0; axis < 3; ++axis) {
      cell.position[axis] += sample.position[axis];
      cell.colour[axis] += sample.colour[axis];
    }
    cell.count += 1;
  }
  return cells;
}

double largest_side(const std::vector<DepthSample>& samples) {
  double largest = 0;
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto [least, most] = std::minmax_element(samples.begin(), samples.end(), [&](const auto& a, const auto& b) {
      return a.position[axis] < b.position[axis];
    });
    largest = std::max(largest, most->position[axis] - least->position[axis]);
  }
  return largest;
}

}  // namespace

PointCloud points_from_depth(const Scene& scene, double depth_scale, int64_t most) {
  int64_t pixels = 0;
  for (const int index : scene.train) {
    const auto& view = scene.views[size_t(index)];
    if (!view.depth.empty()) pixels += int64_t{view.lens.width} * view.lens.height;
  }
  const int64_t stride = std::max<int64_t>(1, pixels / (samples_a_point * most));
  std::vector<DepthSample> samples;
  for (const int index : scene.train) {
    const auto& view = scene.views[size_t(index)];
    if (!view.depth.empty()) sample_view(scene, view, depth_scale, stride, samples);
  }
  if (samples.empty()) user_error("{}: no pixel of the depth files holds a depth", scene.folder.string());
  double side = std::max(largest_side(samples) * first_cell_share, 1e-9);
  auto cells = cells_of(samples, side);
  while (int64_t(cells.size()) > most) cells = cells_of(samples, side *= coarser);
  PointCloud cloud;
  for (const auto& [key, cell] : cells) {
    for (size_t axis = 0; axis < 3; ++axis) {
      cloud.positions.push_back(float(cell.position[axis] / cell.count));
      cloud.colours.push_back(uint8_t(std::lround(cell.colour[axis] / cell.count)));
    }
  }
  return cloud;
}

}  // namespace retort::field
