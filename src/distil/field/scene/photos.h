// Which file shows a view, and how it fits the camera that COLMAP gave it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "distil/field/scene/scene.h"
#include "io/image.h"

namespace retort::field {

/// Photos of a folder below `images`, and what the model says about them.
struct PhotoFolder {
  std::filesystem::path folder;
  std::vector<io::ImageSize> sizes;  ///< one a model image, as COLMAP saw it (see photo_orientation)
};

/// How a photo must be turned to fit its camera: as its pixels lie where that fits (COLMAP ignores EXIF), else as
/// tagged. UserError when neither fits: the sides may differ from the scaled camera's by a pixel.
io::Orientation photo_orientation(const std::filesystem::path& photo, const Lens& lens);

/// Finds all photos of the model. UserError for an absent one, with how many others are absent as well.
PhotoFolder find_photos(const std::filesystem::path& folder, const ColmapModel& model);

/// The reduced copies `<folder>_<divisor>` when every photo is there within a pixel of the wanted size, else an empty
/// path.
std::filesystem::path reduced_photos(const PhotoFolder& full, const ColmapModel& model, int divisor);

/// Photos below the folder that the model does not list.
int count_unregistered(const PhotoFolder& photos, const ColmapModel& model);

/// The mask of a view, or an empty path: masks/<stem>.png, else masks/<name>.png.
std::filesystem::path find_mask(const std::filesystem::path& scene_folder, const View& view);

}  // namespace retort::field
