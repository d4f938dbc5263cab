#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/failures.h"
#include "cli/field_verbs.h"
#include "core/recipe.h"
#include "distil/field/scene/synthetic.h"

namespace retort::cli {

namespace {
struct SyntheticVerbOptions {
  std::string folder;
  std::vector<std::string> assignments;
};

int make_scene(const SyntheticVerbOptions& options, Invocation& invocation) {
  auto recipe = Recipe::parse("{}", "command line");
  for (const auto& assignment : options.assignments) recipe.override_with(assignment);
  const auto scene = field::make_synthetic_scene(recipe.read<field::SyntheticOptions>(), invocation.context.pool);
  field::write_synthetic_scene(options.folder, scene);
  fmt::print("{}: {} views of {}x{}, {} classes, {}-channel teacher maps of {}x{}\n", options.folder,
             scene.images.size(), scene.options.width, scene.options.height, scene.classes(), scene.feature_dim,
             scene.map_width, scene.map_height);
  return exit_done;
}

std::string synthetic_option_names() {
  std::string names;
  for (const auto& doc : describe_options<field::SyntheticOptions>()) {
    if (doc.type != "section") names += (names.empty() ? "" : ", ") + doc.path;
  }
  return names;
}
}  // namespace

Verb make_field_synthetic_verb() {
  return {
      .name = "synthetic",
      .heading = "",
      .summary = "writes the synthetic scene with everything known: photos, poses, noisy teacher maps, labels",
      .examples = {{"field synthetic scene-0 seed=0", "24 views of 96x72 and maps of 32 channels"},
                   {"field synthetic clean noise.feature_stddev=0 width=192 height=144", "larger, without noise"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<SyntheticVerbOptions>();
        parser.add_option("FOLDER", options->folder, "where the scene is to lie; its files are replaced")->required();
        parser.add_option("KEY=VALUE", options->assignments, "of " + synthetic_option_names());
        return [options](Invocation& invocation) { return make_scene(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
