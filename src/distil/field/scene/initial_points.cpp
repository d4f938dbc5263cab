#include "distil/field/scene/initial_points.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "core/random.h"
#include "io/ply.h"

namespace retort::field {
namespace {

constexpr double camera_ball = 1.5;    // radius of random points, in radii of the cameras
constexpr double extent_margin = 1.1;  // that scene_extent() adds
constexpr uint8_t mid_grey = 128;

// Whether every training view says between which depths the scene lies.
bool has_depth_bounds(const Scene& scene) {
  return std::all_of(scene.train.begin(), scene.train.end(), [&](int index) {
    const auto& view = scene.views[size_t(index)];
    return view.near > 0 && view.far > view.near && std::isfinite(view.far);
  });
}

// In a training view's frustum between its bounds; equally dense over its pixels and over inverse depth, in which
// surfaces move across the picture evenly.
Vector3 point_in_a_frustum(const Scene& scene, RandomGenerator& random) {
  const auto pick = size_t(random.uniform() * double(scene.train.size()));
  const auto& view = scene.views[size_t(scene.train[std::min(pick, scene.train.size() - 1)])];
  const auto& camera = view.camera;
  const double x = random.uniform() * camera.width, y = random.uniform() * camera.height, share = random.uniform();
  const double z = 1 / ((1 - share) / view.near + share / view.far);
  const auto m = rigid_inverse(camera.world_to_camera);
  const Vector3 local = {(x - camera.cx) / camera.fx * z, (y - camera.cy) / camera.fy * z, z};
  Vector3 point;
  for (size_t row = 0; row < 3; ++row) {
    const double* r = &m[4 * row];
    point[row] = r[0] * local[0] + r[1] * local[1] + r[2] * local[2] + r[3];
  }
  return point;
}

PointCloud random_points(const SceneOptions& options, const SceneModel& model, const Scene& scene) {
  auto random = RandomTree(uint64_t(options.points_seed)).child("points").generator();
  const bool box = model.random_box_half_side.has_value(), frusta = !box && has_depth_bounds(scene);
  const double reach = box ? *model.random_box_half_side : camera_ball * scene.extent.radius / extent_margin;
  if (!frusta && !(reach > 0)) {
    user_error(
        "{}: all cameras stand in one place, so there is no room for random points; name a PLY with "
        "scene.points=ply scene.points_file=FILE",
        options.path);
  }
  PointCloud cloud;
  cloud.colours.assign(size_t(3 * options.random_points), mid_grey);
  while (int64_t(cloud.positions.size()) < 3 * options.random_points) {
    if (frusta) {
      for (const double coordinate : point_in_a_frustum(scene, random)) cloud.positions.push_back(float(coordinate));
      continue;
    }
    const Vector3 unit = {2 * random.uniform() - 1, 2 * random.uniform() - 1, 2 * random.uniform() - 1};
    if (!box && std::hypot(unit[0], unit[1], unit[2]) > 1) continue;  // outside of the ball
    for (int axis = 0; axis < 3; ++axis) {
      const double middle = box ? 0 : -scene.extent.translate[size_t(axis)];
      cloud.positions.push_back(float(middle + reach * unit[size_t(axis)]));
    }
  }
  return cloud;
}

bool has_depth(const Scene& scene) {
  return std::any_of(scene.train.begin(), scene.train.end(),
                     [&](int view) { return !scene.views[size_t(view)].depth.empty(); });
}

// Which source `automatic` stands for.
PointSource best_source(const SceneOptions& options, const SceneModel& model, const Scene& scene) {
  if (!options.points_file.empty()) return PointSource::ply;
  // A COLMAP model without points is most likely an unfinished one.
  if (model.points.size() > 0 || scene.format == "colmap") return PointSource::sparse;
  if (!model.points_file.empty()) return PointSource::ply;
  if (has_depth(scene)) return PointSource::depth;
  return PointSource::random;
}

PointCloud thinned(PointCloud cloud, int64_t most, std::vector<std::string>& notes) {
  const int64_t count = cloud.size();
  if (count <= most) return cloud;
  PointCloud kept;
  for (int64_t i = 0; i < most; ++i) {
    const auto from = ptrdiff_t(3 * (i * count / most));
    kept.positions.insert(kept.positions.end(), cloud.positions.begin() + from, cloud.positions.begin() + from + 3);
    kept.colours.insert(kept.colours.end(), cloud.colours.begin() + from, cloud.colours.begin() + from + 3);
  }
  notes.push_back(fmt::format("{} of {} first points are used (scene.max_points)", most, count));
  return kept;
}

}  // namespace

PointCloud read_point_file(const std::filesystem::path& file) {
  const auto vertices = io::read_ply(file);
  const auto x = vertices.column("x"), y = vertices.column("y"), z = vertices.column("z");
  if (!x || !y || !z || vertices.rows == 0) {
    user_error("{}: no points with x, y and z; name a PLY file of points", file.string());
  }
  const auto red = vertices.column("red"), green = vertices.column("green"), blue = vertices.column("blue");
  PointCloud cloud;
  for (int64_t row = 0; row < vertices.rows; ++row) {
    const float* values = vertices.values.data() + row * vertices.columns();
    for (const auto column : {*x, *y, *z}) {
      if (!std::isfinite(values[column])) user_error("{}: point {} is not finite; take it out", file.string(), row);
      cloud.positions.push_back(values[column]);
    }
    for (const auto& column : {red, green, blue}) {
      cloud.colours.push_back(column && red && green && blue ? uint8_t(std::clamp(values[*column], 0.f, 255.f))
                                                             : mid_grey);
    }
  }
  return cloud;
}

PointCloud initial_points(const SceneOptions& options, const SceneModel& model, Scene& scene) {
  const auto source = options.points == PointSource::automatic ? best_source(options, model, scene) : options.points;
  PointCloud cloud;
  switch (source) {
    case PointSource::automatic:
    case PointSource::sparse:
      if (model.points.size() == 0) {
        user_error("{}: {} has no points; run `colmap point_triangulator`, or choose scene.points=random", options.path,
                   model.source);
      }
      cloud = model.points;
      break;
    case PointSource::depth:
      if (!has_depth(scene)) user_error("{}: scene.points=depth, but no training view has a depth file", options.path);
      cloud = points_from_depth(scene, options.depth_scale > 0 ? options.depth_scale : model.depth_scale,
                                options.depth_points);
      scene.notes.push_back(fmt::format("{} first points from depth", cloud.size()));
      break;
    case PointSource::ply: {
      if (options.points_file.empty() && model.points_file.empty()) {
        user_error("{}: scene.points=ply: name the file with scene.points_file=FILE", options.path);
      }
      const auto file = options.points_file.empty() ? model.points_file : scene.folder / options.points_file;
      cloud = read_point_file(file);
      scene.notes.push_back(fmt::format("{} first points from {}", cloud.size(), file.string()));
      break;
    }
    case PointSource::random:
      cloud = random_points(options, model, scene);
      scene.notes.push_back(fmt::format("{} first points at random", cloud.size()));
      break;
  }
  return thinned(std::move(cloud), options.max_points, scene.notes);
}

}  // namespace retort::field
