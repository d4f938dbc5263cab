// transforms.json as instant-ngp and nerfstudio write it, and Blender's transforms_train.json with its siblings. Poses
// are camera to world in OpenGL's axes (right, up, back).
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/scene/film_photos.h"
#include "distil/field/scene/paths.h"
#include "distil/field/scene/scene_format.h"
#include "distil/field/scene/transforms.h"
#include "io/image.h"
#include "io/json.h"

namespace retort::field {
namespace {

using nlohmann::json;
constexpr double blender_box_half_side = 1.3;

bool is_blender(const std::filesystem::path& folder) {
  return path_exists(folder / "transforms_train.json") && !path_exists(folder / "transforms.json");
}

// The file that a frame names; endings may be left out.
std::filesystem::path photo_file(const std::filesystem::path& folder, const std::string& name) {
  const auto file = folder / name;
  if (std::filesystem::path(name).has_extension() && path_exists(file)) return file;
  for (const char* ending : {".png", ".jpg", ".jpeg", ".JPG"}) {
    const std::filesystem::path with_ending = file.string() + ending;
    if (path_exists(with_ending)) return with_ending;
  }
  return file;
}

// Photos that all lie in the images' folder are filed under their names there, as in a COLMAP model of the same photos.
void shorten_names(SceneModel& model, const SceneOptions& options) {
  const std::string prefix = options.images + "/";
  for (const auto& photo : model.photos) {
    if (!photo.name.starts_with(prefix)) return;
  }
  for (auto& photo : model.photos) photo.name = photo.name.substr(prefix.size());
  model.photo_folder = std::filesystem::path(options.path) / options.images;
}

std::vector<std::string> add_frames(const std::filesystem::path& file, const SceneOptions& options, SceneModel& model) {
  const std::filesystem::path folder = options.path;
  const auto transforms = parse_transforms(io::read_json(file), file.string());
  std::vector<std::filesystem::path> photos;
  for (const auto& frame : transforms.frames) {
    photos.push_back(photo_file(folder, frame.file));
    if (!photos.back().has_extension()) photos.back() += ".png";
  }
  add_note(model, take_photos_from_film(options, photos));
  std::vector<std::string> names;
  for (const auto& frame : transforms.frames) {
    const auto photo = photo_file(folder, frame.file);
    if (!path_exists(photo)) {
      user_error("{}: frame '{}' has no photo {}; copy it there, or take the frame out", file.string(), frame.file,
                 photo.string());
    }
    const auto size = io::image_size(photo, io::Orientation::as_stored);
    const auto lens = transforms_lens(frame.intrinsics, size.width, size.height, file.string());
    const auto inside = [&](const std::string& name) { return name.empty() ? std::filesystem::path() : folder / name; };
    model.photos.push_back({.name = photo.lexically_relative(folder).generic_string(),
                            .file = photo,
                            .lens = lens_index(model, lens),
                            .world_to_camera = frame.world_to_camera,
                            .mask = inside(frame.mask),
                            .depth = inside(frame.depth),
                            .time = frame.time});
    names.push_back(model.photos.back().name);
  }
  model.depth_scale = transforms.depth_scale;
  if (!transforms.points_file.empty()) model.points_file = folder / transforms.points_file;
  return names;
}

}  // namespace

bool detect_transforms_scene(const std::filesystem::path& folder) {
  return path_exists(folder / "transforms.json") || is_blender(folder);
}

SceneModel read_transforms_scene(const SceneOptions& options) {
  const std::filesystem::path folder = options.path;
  SceneModel model{.source = "transforms.json"};
  if (!is_blender(folder)) {
    add_frames(folder / "transforms.json", options, model);
    shorten_names(model, options);
    return model;
  }
  model.source = "transforms_train.json";
  model.random_box_half_side = blender_box_half_side;
  add_frames(folder / "transforms_train.json", options, model);
  for (const char* name : {"transforms_test.json", "transforms_val.json"}) {
    if (!path_exists(folder / name)) continue;
    model.held_out = add_frames(folder / name, options, model);
    break;
  }
  return model;
}

}  // namespace retort::field
