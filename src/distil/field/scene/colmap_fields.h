// What the binary and the text reader of COLMAP models share: the checks on what a line or record says.
#pragma once

#include <array>
#include <string>

#include "distil/field/scene/colmap.h"

namespace retort::field {

/// Pose from a quaternion (w, x, y, z) and a translation. UserError led by `where` for non-finite numbers and
/// quaternions whose length is not within 1e-2 of 1.
Matrix4 colmap_pose(const std::array<double, 4>& quaternion, const Vector3& translation, const std::string& where);

/// UserError led by `where` unless the name is a relative path that stays inside the images' folder.
void check_colmap_image_name(const std::string& name, const std::string& where);

/// UserError led by `where` unless all three are finite and fit a float.
void check_colmap_point(const Vector3& position, const std::string& where);

/// Sorts by name; UserError led by `where` when a name occurs twice.
void sort_colmap_images(std::vector<ColmapImage>& images, const std::string& where);

/// A point with its id, before sorting.
struct ColmapPoint {
  uint64_t id;
  std::array<float, 3> position;
  std::array<uint8_t, 3> colour;
};

/// In the order of the ids.
PointCloud colmap_cloud(std::vector<ColmapPoint>& points);

/// The readers of the two formats.
std::map<uint32_t, Lens> colmap_cameras_from_binary(std::span<const uint8_t> bytes, const std::string& name);
std::vector<ColmapImage> colmap_images_from_binary(std::span<const uint8_t> bytes, const std::string& name);
PointCloud colmap_points_from_binary(std::span<const uint8_t> bytes, const std::string& name);
std::map<uint32_t, Lens> colmap_cameras_from_text(std::span<const uint8_t> bytes, const std::string& name);
std::vector<ColmapImage> colmap_images_from_text(std::span<const uint8_t> bytes, const std::string& name);
PointCloud colmap_points_from_text(std::span<const uint8_t> bytes, const std::string& name);

}  // namespace retort::field
