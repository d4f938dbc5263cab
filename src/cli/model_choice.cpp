#include "cli/model_choice.h"

#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>

#include "core/errors.h"
#include "core/recipe.h"
#include "distil/model/engine/network_choice.h"
#include "run/product.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;

/// The run's options, its student being the product that is named (or its weights).
void take_run(const std::string& run, const std::string& verb, ChosenModel& chosen) {
  std::string reference = run;
  if (!run::is_product_reference(run)) {
    run::read_run_record(run);  // refuses what is no run, by the name that the user gave
    reference = "run:" + fs::absolute(run).lexically_normal().string() + "#weights";
  } else if (run.find('#') == std::string::npos) {
    reference += "#weights";
  }
  const auto product = run::find_product(reference, "runs");
  const auto recipe = Recipe::load(product.folder / "recipe.yaml");
  if (recipe.family() != "model") {
    user_error("{}: a run of the family {}; `retort {}` works with models, `retort field` with fields", run,
               recipe.family(), verb);
  }
  chosen.options = recipe.read<model::ModelOptions>();
  chosen.options.student.weights = product.path.string();
  chosen.run_folder = product.folder;
}

/// What the data set says, or nothing where it is not here: then only a data set that the user named is missed.
model::KnownData known_data_of(const ChosenModel& chosen, Invocation& invocation) {
  const auto& data = chosen.options.data;
  if (data.train.empty() && data.test.empty()) return {};
  try {
    return model::look_at_data(invocation.registries, data);
  } catch (const UserError& error) {
    if (chosen.data_is_given) throw;
    invocation.context.log.info("the data set is not here ({}): pictures are taken at the size they have",
                                error.what());
    return {};
  }
}

std::vector<std::string> numbers_as_names(int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}
}  // namespace

void add_model_options(CLI::App& parser, ModelChoice& choice) {
  parser.add_option("--network", choice.network, "architecture, as `retort list networks` names it");
  parser
      .add_option("--weights", choice.weights,
                  "safetensors file, PyTorch checkpoint, weights:NAME from the store, or run:NAME#PRODUCT")
      ->type_name("FILE");
  parser.add_option("--data", choice.data, "data set and split: cifar10/test");
  parser.add_option("--path", choice.path, "folder of the data set");
  parser.add_option("--transforms", choice.transforms, "changes of the pictures (default: the run's, or normalise)");
}

bool names_a_run(const std::string& word) { return run::is_product_reference(word) || run::is_run_folder(word); }

ChosenModel choose_model(const ModelChoice& choice, const std::string& verb) {
  ChosenModel chosen;
  if (!choice.run.empty()) take_run(choice.run, verb, chosen);
  auto& options = chosen.options;
  if (!choice.network.empty()) options.student.network = choice.network;
  if (!choice.weights.empty()) options.student.weights = choice.weights;
  if (!choice.data.empty()) options.data.test = choice.data;
  if (!choice.path.empty()) options.data.path = choice.path;
  if (!choice.transforms.empty()) options.data.test_transforms = choice.transforms;
  chosen.data_is_given = !choice.data.empty();
  if (choice.run.empty() && choice.network.empty())
    user_error("{}: name a run folder, or --network and --weights", verb);
  if (options.student.weights.empty()) user_error("{}: --weights names the network's weights", verb);
  if (options.data.test_transforms.empty() && options.data.transforms.empty() && !options.data.test.empty())
    options.data.test_transforms = {"normalise"};
  return chosen;
}

OpenModel open_model(const ChosenModel& chosen, const std::vector<std::string>& class_names, Invocation& invocation) {
  const auto& student = chosen.options.student;
  OpenModel open{.trained = {}, .data = known_data_of(chosen, invocation)};
  auto& data = open.data;
  // Where no data set says the size: the one that the architecture is published for.
  auto picture = model::make_network(invocation.registries, student.network, 10)->image;
  picture[0] = data.input.channels;
  if (data.input.height > 0) picture = {data.input.channels, data.input.height, data.input.width};
  open.trained = model::open_trained_network(invocation.registries, student.network, student.weights, picture);
  if (data.input.channels == 0) data.stored.channels = data.input.channels = int(open.trained.network->image[0]);

  const auto classes = open.trained.network->classes;
  if (!class_names.empty()) data.class_names = class_names;
  if (data.class_names.empty() && !chosen.run_folder.empty())
    data.class_names = model::recorded_class_names(chosen.run_folder);
  if (data.class_names.empty()) data.class_names = numbers_as_names(classes);
  if (int64_t(data.class_names.size()) != classes) {
    user_error("{}: tells {} classes apart, but {} class names are known; give the names with --classes",
               open.trained.weights.origin, classes, data.class_names.size());
  }
  return open;
}

}  // namespace retort::cli
