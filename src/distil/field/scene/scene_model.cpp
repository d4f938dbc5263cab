#include "distil/field/scene/scene_model.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "distil/field/camera/rotation.h"

namespace retort::field {
namespace {

constexpr double rotation_tolerance = 1e-2;

// Column of the camera-to-world matrix, and its sign, that points along each of COLMAP's axes.
struct AxisSource {
  int column;
  double sign;
};
constexpr std::array<std::array<AxisSource, 3>, 3> axis_sources = {{
    {{{0, 1}, {1, 1}, {2, 1}}},    // opencv
    {{{0, 1}, {1, -1}, {2, -1}}},  // opengl
    {{{1, 1}, {0, 1}, {2, -1}}},   // llff
}};

bool is_rotation(const Matrix3& r) {
  for (int a = 0; a < 3; ++a) {
    for (int b = a; b < 3; ++b) {
      double dot = 0;
      for (int row = 0; row < 3; ++row) dot += r[3 * row + a] * r[3 * row + b];
      if (!(std::abs(dot - (a == b ? 1 : 0)) <= rotation_tolerance)) return false;
    }
  }
  const double determinant =
      r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
  return determinant > 0;
}

}  // namespace

void sort_photos(SceneModel& model) {
  auto& photos = model.photos;
  std::sort(photos.begin(), photos.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto twin =
      std::adjacent_find(photos.begin(), photos.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twin != photos.end()) {
    user_error("{}: the photo '{}' is listed twice; take one entry out", model.source, twin->name);
  }
}

void thin_photos(SceneModel& model, int64_t every_nth, int64_t most) {
  const size_t all = model.photos.size();
  std::vector<PosedPhoto> kept;
  for (size_t i = 0; i < all; i += size_t(every_nth)) kept.push_back(std::move(model.photos[i]));
  if (most > 0 && kept.size() > size_t(most)) {
    std::vector<PosedPhoto> spread;
    for (size_t i = 0; i < size_t(most); ++i) spread.push_back(std::move(kept[i * kept.size() / size_t(most)]));
    kept = std::move(spread);
  }
  model.photos = std::move(kept);
  if (model.photos.size() < all) {
    model.notes.push_back(
        fmt::format("{} of {} views are used (scene.every_nth_view, scene.max_views)", model.photos.size(), all));
  }
}

void add_note(SceneModel& model, std::string note) {
  if (!note.empty()) model.notes.push_back(std::move(note));
}

int lens_index(SceneModel& model, const Lens& lens) {
  // Long sequences mostly repeat the latest lens.
  const auto found = std::find(model.lenses.rbegin(), model.lenses.rend(), lens);
  if (found != model.lenses.rend()) return int(std::distance(found, model.lenses.rend())) - 1;
  model.lenses.push_back(lens);
  return int(model.lenses.size()) - 1;
}

Matrix4 pose_from_camera_to_world(const std::array<double, 12>& camera_to_world, CameraAxes axes,
                                  const std::string& where) {
  if (!std::all_of(camera_to_world.begin(), camera_to_world.end(), [](double value) { return std::isfinite(value); })) {
    user_error("{}: the pose is not finite; take the photo out of the scene or register it again", where);
  }
  Matrix3 rotation;
  for (int axis = 0; axis < 3; ++axis) {
    const auto source = axis_sources[size_t(axes)][size_t(axis)];
    for (int row = 0; row < 3; ++row) rotation[3 * row + axis] = source.sign * camera_to_world[4 * row + source.column];
  }
  if (!is_rotation(rotation)) {
    user_error(
        "{}: the upper left 3x3 of the camera-to-world matrix is no rotation; its columns must be orthonormal, without "
        "scale or mirroring: export the poses again",
        where);
  }
  const auto exact = rotation_of(quaternion_of(rotation));
  return rigid_inverse({exact[0], exact[1], exact[2], camera_to_world[3],   //
                        exact[3], exact[4], exact[5], camera_to_world[7],   //
                        exact[6], exact[7], exact[8], camera_to_world[11],  //
                        0, 0, 0, 1});
}

void check_photo_name(const std::string& name, const std::string& where) {
  const std::filesystem::path path(name);
  const bool shown = std::none_of(name.begin(), name.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7f; });
  if (!shown) {
    user_error("{}: the name of a photo has control characters (such as a line break); rename the photo", where);
  }
  const bool inside = !name.empty() && path.is_relative() && path.has_filename() &&
                      std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (!inside) {
    user_error("{}: the photo name '{}' does not stay inside the scene; names must be relative, without '..'", where,
               name);
  }
}

}  // namespace retort::field
