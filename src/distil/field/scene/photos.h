// Which file shows a view, and how it fits the camera that the poses give it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "distil/field/scene/scene.h"
#include "distil/field/scene/scene_model.h"
#include "io/image.h"

namespace retort::field {

/// How a photo must be turned to fit its camera: as its pixels lie where that fits (COLMAP ignores EXIF), else as
/// tagged. UserError when neither fits: the sides may differ from the scaled camera's by a pixel.
io::Orientation photo_orientation(const std::filesystem::path& photo, const Lens& lens);

/// Whether a file's ending is one of a photo's.
bool is_photo_name(const std::filesystem::path& path);

/// Sizes of the model's photos as its cameras see them, one a photo. UserError for an absent photo, with how many
/// others are absent as well.
std::vector<io::ImageSize> photo_sizes(const SceneModel& model);

/// The reduced copies `<photo folder>_<divisor>` when every photo is there within a pixel of the wanted size, else an
/// empty path.
std::filesystem::path reduced_photos(const SceneModel& model, const std::vector<io::ImageSize>& sizes, int divisor);

/// Photos below the model's photo folder that it does not list.
int count_unregistered(const SceneModel& model);

/// The mask of a view, or an empty path: masks/<stem>.png, else masks/<name>.png.
std::filesystem::path find_mask(const std::filesystem::path& scene_folder, const View& view);

}  // namespace retort::field
