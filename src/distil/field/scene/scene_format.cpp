#include "distil/field/scene/scene_format.h"

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/film_photos.h"
#include "distil/field/scene/paths.h"

namespace retort::field {

const std::vector<SceneFormat>& scene_formats() {
  static const std::vector<SceneFormat> formats = {
      {"colmap", "sparse/0/images.bin or .txt (also sparse/), photos in images/", detect_colmap_scene,
       read_colmap_scene},
      {"transforms", "transforms.json (instant-ngp, nerfstudio), or transforms_train.json and _test.json (Blender)",
       detect_transforms_scene, read_transforms_scene},
      {"llff", "poses_bounds.npy beside images/ or images_N/", detect_llff_scene, read_llff_scene},
      {"rgbd",
       "camera-intrinsics.txt with frame-*.color.jpg, .depth.png and .pose.txt, or intrinsics.txt with rgb/, depth/ "
       "and "
       "pose/",
       detect_rgbd_scene, read_rgbd_scene},
  };
  return formats;
}

std::vector<std::string> scene_format_names() {
  std::vector<std::string> names;
  for (const auto& format : scene_formats()) names.push_back(format.name);
  return names;
}

const SceneFormat& find_scene_format(const SceneOptions& options) {
  if (!is_folder(options.path)) {
    user_error("{}: no such folder; scene.path must name one with photos and their poses", options.path);
  }
  std::vector<std::string> looked_for;
  for (const auto& format : scene_formats()) {
    const bool wanted = options.format == format.name || (options.format == "auto" && format.detect(options.path));
    if (wanted) return format;
    looked_for.push_back(fmt::format("{} ({})", format.looks_like, format.name));
  }
  if (const auto films = films_in(options.path); !films.empty()) {
    user_error(
        "{}: a film but no poses; retort makes none. Take frames out with `retort field frames {} --output {} --every "
        "10`, have COLMAP find where they were taken (`colmap automatic_reconstructor --workspace_path {} --image_path "
        "{}/images`), and train on that folder",
        options.path, films[0].string(), options.path, options.path, options.path);
  }
  user_error(
      "{}: no photos with poses there; looked for {}; run COLMAP on the photos first, for example `colmap "
      "automatic_reconstructor`",
      options.path, join(looked_for, "; "));
}

}  // namespace retort::field
