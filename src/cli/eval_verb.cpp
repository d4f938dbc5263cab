#include <fmt/core.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/failures.h"
#include "cli/verbs.h"
#include "core/recipe.h"
#include "data/data_options.h"
#include "distil/model/engine/accuracy.h"
#include "distil/model/engine/model_options.h"
#include "distil/model/engine/network_choice.h"
#include "run/run_folder.h"

namespace retort::cli {

namespace {
struct ModelEvalOptions {
  std::string run, network, weights, data, path;
  std::vector<std::string> transforms;
  bool json = false;
};

/// What is tested: from a run folder, changed by what the command line names.
model::ModelOptions tested(const ModelEvalOptions& options) {
  model::ModelOptions chosen;
  if (!options.run.empty()) {
    const std::filesystem::path folder = options.run;
    auto recipe = Recipe::load(folder / "recipe.yaml");
    if (recipe.family() != "model")
      user_error("{}: a run of the family {}; `retort eval` tests models, `retort field eval` fields", options.run,
                 recipe.family());
    chosen = recipe.read<model::ModelOptions>();
    chosen.student.weights = (folder / "weights.safetensors").string();
  }
  if (!options.network.empty()) chosen.student.network = options.network;
  if (!options.weights.empty()) chosen.student.weights = options.weights;
  if (!options.data.empty()) chosen.data.test = options.data;
  if (!options.path.empty()) chosen.data.path = options.path;
  if (!options.transforms.empty()) chosen.data.test_transforms = options.transforms;
  if (options.run.empty() && options.network.empty())
    user_error("eval: name a run folder, or --network, --weights and --data");
  if (chosen.student.weights.empty()) user_error("eval: --weights names the network's weights");
  if (chosen.data.test.empty()) user_error("eval: --data names what to test on; `retort list data` lists it");
  if (chosen.data.test_transforms.empty() && chosen.data.transforms.empty())
    chosen.data.test_transforms = {"normalise"};
  return chosen;
}

int evaluate_model(const ModelEvalOptions& options, Invocation& invocation) {
  const auto chosen = tested(options);
  const auto loader = data::make_test_loader(invocation.registries, chosen.data);
  const auto network = model::network_for(invocation.registries, chosen.student.network,
                                          loader->dataset().class_count(), model::picture_size(*loader));
  const auto weights = nn::load_network_weights(*network, chosen.student.weights);
  const auto accuracy = model::measure_accuracy(*network, weights, *loader);
  const auto& names = loader->dataset().class_names();
  if (options.json) {
    fmt::print("{}\n", model::to_json(accuracy, names).dump(2));
    return exit_done;
  }
  fmt::print("{} on {}: {} samples\n{:<16} {:>8.2f} %\n{:<16} {:>8.2f} %\n{:<16} {:>8.4f}\n\n", network->name,
             chosen.data.test, accuracy.samples, "top-1", 100 * accuracy.top1, "top-5", 100 * accuracy.top5,
             "cross-entropy", accuracy.cross_entropy);
  for (size_t i = 0; i < names.size(); ++i) fmt::print("{:<16} {:>8.2f} %\n", names[i], 100 * accuracy.of_class[i]);
  return exit_done;
}
}  // namespace

Verb make_eval_verb() {
  return {
      .name = "eval",
      .heading = "Models",
      .summary = "how often a classifier is right: top-1, top-5, by class",
      .examples =
          {{"eval runs/kd", "the student of a run on the run's test set"},
           {"eval --network resnet20_a --weights resnet20.th --data cifar10/test --transforms 'normalise(imagenet)'",
            "a published checkpoint, with the statistics that it was trained with"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ModelEvalOptions>();
        parser.add_option("RUN", options->run, "folder of a model's run");
        parser.add_option("--network", options->network, "architecture, as `retort list networks` names it");
        parser.add_option("--weights", options->weights, "safetensors file or PyTorch checkpoint")->type_name("FILE");
        parser.add_option("--data", options->data, "data set and split: cifar10/test");
        parser.add_option("--path", options->path, "folder of the data set");
        parser.add_option("--transforms", options->transforms,
                          "changes of the pictures (default: the run's, or normalise)");
        parser.add_flag("--json", options->json, "print JSON");
        return [options](Invocation& invocation) { return evaluate_model(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
