#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/field_verbs.h"
#include "cli/recipe_search.h"
#include "cli/run_recipe.h"

namespace retort::cli {

namespace {
struct TrainVerbOptions {
  std::string scene, method = "feature-3dgs";
  std::vector<std::string> assignments;
  RunRequest request;
};

int train(const TrainVerbOptions& options, Invocation& invocation) {
  const auto name = "field/" + options.method;
  auto recipe = Recipe::load(find_recipe(name, shipped_recipes_folder()));
  const auto path = std::filesystem::absolute(options.scene).lexically_normal().string();
  recipe.override_with("scene.path=" + yaml_text(path));
  std::string stands_for = fmt::format("retort run {} scene.path={}", name, yaml_text(path));
  for (const auto& assignment : options.assignments) {
    recipe.override_with(assignment);
    stands_for += " " + assignment;
  }
  invocation.context.log.info("{}", stands_for);
  return run_recipe(recipe, options.request, invocation).exit_code;
}
}  // namespace

Verb make_field_train_verb() {
  return {.name = "train",
          .heading = "",
          .summary = "distils posed photos and their feature maps into a field",
          .examples = {{"field train photos/fox scene.resolution=half", "a COLMAP folder at half size"},
                       {"field train photos/fox teacher.files=none train.steps=3000", "colours only"},
                       {"field train photos/fox --dry-run", "checks scene, maps and memory, and prints every option"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<TrainVerbOptions>();
            parser.add_option("SCENE", options->scene, "folder of photos with poses (`list scenes`)")->required();
            parser.add_option("KEY=VALUE", options->assignments, "options to set (`retort explain feature-3dgs`)");
            parser.add_option("--method", options->method, "one of the field methods");
            add_run_options(parser, options->request);
            return [options](Invocation& invocation) { return train(*options, invocation); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
