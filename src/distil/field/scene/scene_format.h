// The layouts of scenes that are understood: how each is recognised and read.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "distil/field/scene/scene_model.h"
#include "distil/field/scene/scene_options.h"

namespace retort::field {

struct SceneFormat {
  std::string name;        ///< as scene.format says it
  std::string looks_like;  ///< the files it is recognised by, for people
  bool (*detect)(const std::filesystem::path& folder);
  /// UserError (file, place, remedy) for absent and damaged files.
  SceneModel (*read)(const SceneOptions& options);
};

/// All formats, in the order in which they are tried.
const std::vector<SceneFormat>& scene_formats();
std::vector<std::string> scene_format_names();

/// The named format, or for "auto" the first that recognises the folder. UserError when the folder is absent, or
/// nothing fits (with what was looked for).
const SceneFormat& find_scene_format(const SceneOptions& options);

/// COLMAP: sparse/0 (else sparse) with cameras, images, points3D.
bool detect_colmap_scene(const std::filesystem::path& folder);
SceneModel read_colmap_scene(const SceneOptions& options);

/// transforms.json of instant-ngp and nerfstudio, or Blender's transforms_train.json with _test or _val.
bool detect_transforms_scene(const std::filesystem::path& folder);
SceneModel read_transforms_scene(const SceneOptions& options);

/// LLFF: poses_bounds.npy beside images/ or images_N/.
bool detect_llff_scene(const std::filesystem::path& folder);
SceneModel read_llff_scene(const SceneOptions& options);

/// RGB-D sequence: frame-*.color.jpg, .depth.png, .pose.txt and camera-intrinsics.txt (7-Scenes), or rgb/, depth/,
/// pose/ and intrinsics.txt.
bool detect_rgbd_scene(const std::filesystem::path& folder);
SceneModel read_rgbd_scene(const SceneOptions& options);
/// `count` numbers between blanks and line ends. UserError led by `name` for anything else.
std::vector<double> decode_matrix_text(std::string_view text, size_t count, const std::string& name);

}  // namespace retort::field
