#include <ATen/ATen.h>
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/failures.h"
#include "cli/recipe_search.h"
#include "cli/verbs.h"
#include "core/errors.h"
#include "core/recipe.h"
#include "distil/model/engine/class_prototypes.h"
#include "distil/model/engine/model_options.h"
#include "io/tensor/tensor_io.h"

namespace retort::cli {

namespace {
struct PrototypesVerbOptions {
  std::string recipe, output;
  std::vector<std::string> assignments;
};

int make_prototypes(const PrototypesVerbOptions& options, Invocation& invocation) {
  auto recipe = Recipe::load(find_recipe(options.recipe, shipped_recipes_folder()));
  for (const auto& assignment : options.assignments) recipe.override_with(assignment);
  if (recipe.family() != "model")
    user_error("{}: distils a {}; `retort prototypes` looks at the teacher of a model's recipe", options.recipe,
               recipe.family());
  const auto chosen = recipe.read<model::ModelOptions>();
  if (chosen.teacher.network.empty()) user_error("{}: teacher.network names no network", options.recipe);
  const auto prototypes = model::class_prototypes(
      invocation.registries,
      {.data = chosen.data, .network = chosen.teacher.network, .weights = chosen.teacher.weights});
  io::save_safetensors(options.output, {{"prototypes", prototypes}},
                       {{"network", chosen.teacher.network}, {"data", chosen.data.train}});
  fmt::print("{}: {} classes of {}, vectors of {} numbers ({})\n", options.output, prototypes.size(0),
             chosen.data.train, prototypes.size(1), chosen.teacher.network);
  return exit_done;
}
}  // namespace

Verb make_prototypes_verb() {
  return {.name = "prototypes",
          .heading = "Models",
          .summary = "a vector for each class from a trained network, as vision-language models have them from texts",
          .examples = {{"prototypes model/dho teacher.weights=resnet56.th -o classes.safetensors",
                        "mean features of the recipe's labelled pictures, for teacher.prototypes"},
                       {"prototypes model/dho teacher.weights=resnet56.th data.train_samples=100 -o few.safetensors",
                        "the same of a hundred pictures"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<PrototypesVerbOptions>();
            parser
                .add_option("RECIPE", options->recipe,
                            "a model's recipe, file or shipped name: its training data and its teacher")
                ->required();
            parser.add_option("KEY=VALUE", options->assignments, "options of the recipe to set");
            parser.add_option("-o,--output", options->output, "file to write")->required()->type_name("FILE");
            return [options](Invocation& invocation) { return make_prototypes(*options, invocation); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
