#include "cli/open_field.h"

#include <numeric>

#include "core/errors.h"
#include "core/recipe.h"
#include "core/text.h"
#include "distil/field/gaussians/splat_binding.h"
#include "distil/field/splat_files/splat_formats.h"
#include "distil/field/teachers/feature_map.h"

namespace retort::cli {

OpenField open_field(const std::string& place) {
  namespace fs = std::filesystem;
  fs::path file = place;
  if (fs::is_directory(file)) {
    // A run's folder, or a SOG that is one.
    const bool is_sog = !fs::exists(file / "field.safetensors") && fs::exists(file / "meta.json");
    file /= is_sog ? "meta.json" : "field.safetensors";
  }
  if (!fs::is_regular_file(file)) {
    user_error("{}: no field there; name a run folder that has finished, a field.safetensors, or a file of splats",
               place);
  }
  if (file.extension() != ".safetensors") {
    // Splats from anywhere: what a run folder knows beside them is not theirs.
    return {.field = field::field_from(field::read_splats(file)),
            .file = file,
            .folder = file.parent_path(),
            .options = std::nullopt};
  }
  OpenField open{.field = field::load_field(file), .file = file, .folder = file.parent_path(), .options = std::nullopt};
  const auto recipe = open.folder / "recipe.yaml";
  if (fs::is_regular_file(recipe)) open.options = Recipe::load(recipe).read<field::Feature3dgsOptions>();
  return open;
}

field::Scene open_scene(const OpenField& open, const std::string& other_scene) {
  auto options = open.options.value_or(field::Feature3dgsOptions{});
  if (!other_scene.empty()) options.scene.path = other_scene;
  if (options.scene.path.empty()) user_error("which scene? give --scene FOLDER");
  return field::load_scene(options.scene, options.camera);
}

std::optional<field::Vocabulary> open_vocabulary(const OpenField& open, const std::string& named) {
  std::optional<std::filesystem::path> place;
  if (!named.empty()) {
    place = named;
  } else if (open.options) {
    const std::filesystem::path scene = open.options->scene.path;
    const auto maps = field::find_teacher_folder(scene, open.options->teacher.files);
    place = field::find_vocabulary(scene, maps.value_or(scene), open.options->teacher.vocabulary);
  }
  if (!place) return std::nullopt;
  return field::Vocabulary::load(*place);
}

std::vector<int> chosen_views(const field::Scene& scene, const std::string& choice) {
  if (choice == "train") return scene.train;
  if (choice == "test") {
    if (scene.test.empty()) user_error("{}: no views are held out; try --views train", scene.folder.string());
    return scene.test;
  }
  std::vector<int> all(scene.views.size());
  std::iota(all.begin(), all.end(), 0);
  if (choice == "all") return all;
  std::vector<std::string> names = {"train", "test", "all"};
  for (const int view : all) {
    if (scene.views[view].name == choice || scene.views[view].stem() == choice) return {view};
    names.push_back(scene.views[view].name);
  }
  user_error("--views: '{}' is neither train, test, all nor a view{}", choice, did_you_mean(choice, names));
}

}  // namespace retort::cli
