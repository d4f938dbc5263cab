// COLMAP's sparse models: cameras, images, points3D, binary or text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "distil/field/camera/lens.h"
#include "distil/field/camera/rotation.h"

namespace retort::field {

/// Coloured points: positions [P,3], colours [P,3].
struct PointCloud {
  std::vector<float> positions;
  std::vector<uint8_t> colours;
  int64_t size() const { return int64_t(colours.size() / 3); }
};

struct ColmapImage {
  std::string name;  ///< as in the file, UTF-8, "/" between folders
  uint32_t camera = 0;
  Matrix4 world_to_camera = {};
};

struct ColmapModel {
  std::map<uint32_t, Lens> cameras;
  std::vector<ColmapImage> images;  ///< sorted by name
  PointCloud points;                ///< in the order of the point ids
};

/// Reads `folder`/{cameras,images,points3D}.{bin,txt}; binary wins where both are there. 2-D observations and tracks
/// are skipped. UserError (file, place, remedy) for missing, truncated or damaged files, counts that the file can't
/// hold, unsupported lens models, images of unknown cameras, listed twice, with NaN poses or quaternions whose length
/// is not within 1e-2 of 1 (others are normalised), names that leave the folder, and non-finite points.
ColmapModel read_colmap(const std::filesystem::path& folder);

/// The three files from memory; `name` leads the messages.
std::map<uint32_t, Lens> decode_colmap_cameras(std::span<const uint8_t> bytes, const std::string& name, bool text);
std::vector<ColmapImage> decode_colmap_images(std::span<const uint8_t> bytes, const std::string& name, bool text);
PointCloud decode_colmap_points(std::span<const uint8_t> bytes, const std::string& name, bool text);

/// Writes the three files, without observations and tracks; `text` chooses .txt over .bin. The folder must exist.
void write_colmap(const std::filesystem::path& folder, const ColmapModel& model, bool text = false);

}  // namespace retort::field
