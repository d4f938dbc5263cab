#include <CLI/CLI.hpp>
#include <memory>

#include "cli/run_recipe.h"
#include "cli/verbs.h"

namespace retort::cli {

namespace {
struct TeachVerbOptions {
  std::string scene, network, weights, maps;
  std::vector<std::string> assignments;
  RunRequest request;
};

int teach(const TeachVerbOptions& options, Invocation& invocation) {
  auto recipe = Recipe::parse("distil: field\nmethod: teach\n", "retort teach");
  for (const auto& assignment : options.assignments) recipe.override_with(assignment);
  recipe.set("scene.path", yaml_text(options.scene));
  recipe.set("weights", yaml_text(options.weights));
  if (!options.network.empty()) recipe.set("network", yaml_text(options.network));
  if (!options.maps.empty()) recipe.set("output", yaml_text(options.maps));
  return run_recipe(recipe, options.request, invocation).exit_code;
}
}  // namespace

Verb make_teach_verb() {
  return {
      .name = "teach",
      .heading = "Runs",
      .summary = "runs a network over a scene's photos and writes the feature maps a field learns from",
      .examples = {{"teach photos/fox --weights deeplab_v3.safetensors", "256 features and 21 class scores a photo"},
                   {"teach photos/fox --network mobilenet_v2 --weights mobilenet_v2.safetensors --maps fox-maps",
                    "another network, into a folder of its own; maps that are there already are kept"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<TeachVerbOptions>();
        parser.add_option("SCENE", options->scene, "folder of the scene (COLMAP)")->required();
        parser.add_option("KEY=VALUE", options->assignments, "further options (`retort explain teach`)");
        parser
            .add_option("--weights", options->weights,
                        "the network's weights: a safetensors file, or weights:NAME from the store")
            ->required()
            ->type_name("FILE");
        parser.add_option("--network", options->network, "deeplab_v3 (default) or mobilenet_v2")->type_name("NAME");
        parser.add_option("--maps", options->maps, "folder for the maps (default: teacher_<network> in the scene)")
            ->type_name("DIR");
        add_run_options(parser, options->request);
        return [options](Invocation& invocation) { return teach(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
