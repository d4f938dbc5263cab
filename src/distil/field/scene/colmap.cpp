#include "distil/field/scene/colmap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.h"
#include "distil/field/scene/colmap_fields.h"
#include "distil/field/scene/paths.h"
#include "io/mapped_file.h"

namespace retort::field {
namespace {

constexpr double quaternion_tolerance = 1e-2;

struct ColmapFile {
  std::filesystem::path path;
  bool text = false;
};

ColmapFile find_colmap_file(const std::filesystem::path& folder, const std::string& stem) {
  for (const bool text : {false, true}) {
    const auto path = folder / (stem + (text ? ".txt" : ".bin"));
    if (path_exists(path)) return {path, text};
  }
  user_error("{}: neither {}.bin nor {}.txt is there; export the whole COLMAP model into this folder", folder.string(),
             stem, stem);
}

template <class Result>
Result decode_colmap_file(const ColmapFile& file,
                          Result (*decode)(std::span<const uint8_t>, const std::string&, bool)) {
  const io::MappedFile bytes(file.path);
  return decode(bytes.bytes(), file.path.string(), file.text);
}

}  // namespace

Matrix4 colmap_pose(const std::array<double, 4>& quaternion, const Vector3& translation, const std::string& where) {
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::all_of(quaternion.begin(), quaternion.end(), finite) ||
      !std::all_of(translation.begin(), translation.end(), finite)) {
    user_error("{}: the pose is not finite; take the image out of the model or register it again", where);
  }
  const auto [w, x, y, z] = quaternion;
  const double length = std::sqrt(w * w + x * x + y * y + z * z);
  if (!(std::abs(length - 1) <= quaternion_tolerance)) {
    user_error(
        "{}: the quaternion ({}, {}, {}, {}) has length {:.4g} and is no rotation; it must have length 1: export the "
        "model again",
        where, w, x, y, z, length);
  }
  const Matrix3 rotation = rotation_of({w / length, x / length, y / length, z / length});
  return {rotation[0], rotation[1], rotation[2], translation[0], rotation[3], rotation[4], rotation[5], translation[1],
          rotation[6], rotation[7], rotation[8], translation[2], 0,           0,           0,           1};
}

void check_colmap_image_name(const std::string& name, const std::string& where) {
  const std::filesystem::path path(name);
  const bool clean = std::none_of(name.begin(), name.end(), [](char c) { return uint8_t(c) < 0x20; });
  const bool inside = !name.empty() && clean && path.is_relative() && path.has_filename() &&
                      std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (!inside) {
    user_error(
        "{}: the image name '{}' does not stay inside the folder of photos; names must be relative, without '..'",
        where, clean ? name : "(with control characters)");
  }
}

void check_colmap_point(const Vector3& position, const std::string& where) {
  for (const double coordinate : position) {
    if (!(std::abs(coordinate) < std::numeric_limits<float>::max())) {
      user_error("{}: the position is not finite; take the point out of the model", where);
    }
  }
}

void sort_colmap_images(std::vector<ColmapImage>& images, const std::string& where) {
  std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto twin =
      std::adjacent_find(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twin != images.end()) {
    user_error("{}: the image '{}' is listed twice; take one out of the model", where, twin->name);
  }
}

PointCloud colmap_cloud(std::vector<ColmapPoint>& points) {
  std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  PointCloud cloud;
  cloud.positions.reserve(3 * points.size());
  cloud.colours.reserve(3 * points.size());
  for (const auto& point : points) {
    cloud.positions.insert(cloud.positions.end(), point.position.begin(), point.position.end());
    cloud.colours.insert(cloud.colours.end(), point.colour.begin(), point.colour.end());
  }
  return cloud;
}

std::map<uint32_t, Lens> decode_colmap_cameras(std::span<const uint8_t> bytes, const std::string& name, bool text) {
  return text ? colmap_cameras_from_text(bytes, name) : colmap_cameras_from_binary(bytes, name);
}

std::vector<ColmapImage> decode_colmap_images(std::span<const uint8_t> bytes, const std::string& name, bool text) {
  auto images = text ? colmap_images_from_text(bytes, name) : colmap_images_from_binary(bytes, name);
  sort_colmap_images(images, name);
  return images;
}

PointCloud decode_colmap_points(std::span<const uint8_t> bytes, const std::string& name, bool text) {
  return text ? colmap_points_from_text(bytes, name) : colmap_points_from_binary(bytes, name);
}

ColmapModel read_colmap(const std::filesystem::path& folder) {
  if (!is_folder(folder)) {
    user_error("{}: no such folder; a COLMAP model (cameras, images, points3D) is expected there", folder.string());
  }
  const auto images_file = find_colmap_file(folder, "images");
  ColmapModel model{.cameras = decode_colmap_file(find_colmap_file(folder, "cameras"), decode_colmap_cameras),
                    .images = decode_colmap_file(images_file, decode_colmap_images),
                    .points = decode_colmap_file(find_colmap_file(folder, "points3D"), decode_colmap_points)};
  for (const auto& image : model.images) {
    if (!model.cameras.contains(image.camera)) {
      user_error("{}: image '{}' uses camera {}, which the model lacks; export cameras and images together",
                 images_file.path.string(), image.name, image.camera);
    }
  }
  return model;
}

}  // namespace retort::field
