#include <CLI/CLI.hpp>
#include <memory>

#include "cli/recipe_search.h"
#include "cli/run_recipe.h"
#include "cli/verbs.h"

namespace retort::cli {

namespace {
struct RunVerbOptions {
  std::string recipe;
  std::vector<std::string> assignments;
  RunRequest request;
  bool trust_torchscript = false;
};

int run(const RunVerbOptions& options, Invocation& invocation) {
  auto recipe = Recipe::load(find_recipe(options.recipe, shipped_recipes_folder()));
  for (const auto& assignment : options.assignments) recipe.override_with(assignment);
  invocation.context.trust_torchscript = options.trust_torchscript;
  return run_recipe(recipe, options.request, invocation).exit_code;
}
}  // namespace

Verb make_run_verb() {
  return {
      .name = "run",
      .heading = "Runs",
      .summary = "makes what a recipe declares",
      .examples = {{"run field/feature-3dgs scene.path=photos/fox train.steps=2000",
                    "a shipped recipe with two of its options set here"},
                   {"run my.yaml --dry-run", "checks recipe, files and memory, and prints every option"},
                   {"run my.yaml --output fox-run", "names the folder of the run"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<RunVerbOptions>();
        parser.add_option("RECIPE", options->recipe, "a YAML file, or a shipped recipe's name (`retort list recipes`)")
            ->required();
        parser.add_option("KEY=VALUE", options->assignments, "options of the recipe to set, such as train.seed=1");
        add_run_options(parser, options->request);
        add_trust_option(parser, options->trust_torchscript);
        return [options](Invocation& invocation) { return run(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
