// The synthetic scene as files, in the layout that real scenes have.
#include "core/errors.h"
#include "core/recipe.h"
#include "distil/field/scene/synthetic.h"
#include "io/atomic_file.h"
#include "io/npy.h"

namespace retort::field {
namespace {

constexpr const char* options_file = "synthetic.yaml";

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) user_error("{}: can't make the folder: {}; name another place", folder.string(), error.message());
}

ColmapModel colmap_model(const Scene& scene) {
  ColmapModel model;
  model.cameras[1] = scene.views.front().lens;
  for (const auto& view : scene.views) {
    model.images.push_back({.name = view.name, .camera = 1, .world_to_camera = view.camera.world_to_camera});
  }
  model.points = scene.points;
  return model;
}

}  // namespace

void write_synthetic_scene(const std::filesystem::path& folder, const SyntheticScene& scene) {
  const auto maps = folder / "rgb_feature_langseg";
  for (const auto& part : {folder / "images", folder / "labels", folder / "vocabulary", folder / "sparse/0", maps}) {
    make_folder(part);
  }
  io::write_whole_file(folder / options_file, Recipe::parse("{}", options_file).resolved(scene.options));
  write_colmap(folder / "sparse/0", colmap_model(scene.scene));
  std::string held_out;
  for (const int view : scene.scene.test) held_out += scene.scene.views[size_t(view)].name + "\n";
  io::write_whole_file(folder / "test_views.txt", held_out);
  const int64_t dim = scene.feature_dim, height = scene.map_height, width = scene.map_width;
  for (size_t i = 0; i < scene.scene.views.size(); ++i) {
    const auto& view = scene.scene.views[i];
    io::write_png(folder / "images" / view.name, scene.images[i].rgb);
    io::write_png(folder / "labels" / view.name, {view.camera.width, view.camera.height, 1, scene.truth[i].labels});
    io::write_npy(maps / fmt::format("{}_fmap_{}x{}x{}.npy", view.stem(), dim, height, width),
                  io::make_half_array({dim, height, width}, scene.teacher_maps[i]));
  }
  for (size_t k = 0; k < scene.class_names.size(); ++k) {
    const auto direction = std::span(scene.class_features).subspan(k * size_t(dim), size_t(dim));
    io::write_npy(folder / "vocabulary" / (scene.class_names[k] + ".npy"), io::make_array({dim}, direction));
  }
}

std::optional<SyntheticOptions> read_synthetic_options(const std::filesystem::path& folder) {
  const auto file = folder / options_file;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return std::nullopt;
  return Recipe::load(file).read<SyntheticOptions>();
}

}  // namespace retort::field
