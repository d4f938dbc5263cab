// A COLMAP model beside its photos, as a scene.
#include "core/errors.h"
#include "distil/field/scene/film_photos.h"
#include "distil/field/scene/paths.h"
#include "distil/field/scene/scene_format.h"

namespace retort::field {
namespace {

std::filesystem::path colmap_model_folder(const std::filesystem::path& scene_folder) {
  for (const char* name : {"sparse/0", "sparse"}) {
    const auto folder = scene_folder / name;
    if (path_exists(folder / "images.bin") || path_exists(folder / "images.txt")) return folder;
  }
  return {};
}

}  // namespace

bool detect_colmap_scene(const std::filesystem::path& folder) { return !colmap_model_folder(folder).empty(); }

SceneModel read_colmap_scene(const SceneOptions& options) {
  const auto folder = colmap_model_folder(options.path);
  if (folder.empty()) {
    user_error(
        "{}: no COLMAP model (sparse/0/images.bin or .txt); run COLMAP on the photos first, for example `colmap "
        "automatic_reconstructor`",
        options.path);
  }
  ColmapModel colmap = read_colmap(folder);
  SceneModel model{.source = "the COLMAP model", .photo_folder = std::filesystem::path(options.path) / options.images};
  std::map<uint32_t, int> lens_of;
  for (const auto& [id, lens] : colmap.cameras) {
    lens_of[id] = int(model.lenses.size());
    model.lenses.push_back(lens);
  }
  for (const auto& image : colmap.images) {
    model.photos.push_back({.name = image.name,
                            .file = model.photo_folder / image.name,
                            .lens = lens_of.at(image.camera),
                            .world_to_camera = image.world_to_camera});
  }
  std::vector<std::filesystem::path> files;
  for (const auto& photo : model.photos) files.push_back(photo.file);
  add_note(model, take_photos_from_film(options, files));
  model.points = std::move(colmap.points);
  return model;
}

}  // namespace retort::field
