#include <fmt/core.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/failures.h"
#include "cli/model_choice.h"
#include "cli/verbs.h"
#include "core/errors.h"
#include "data/data_options.h"
#include "distil/model/engine/network_choice.h"
#include "distil/model/engine/score.h"
#include "distil/model/engine/task.h"

namespace retort::cli {

namespace {
struct ModelEvalOptions {
  ModelChoice model;
  bool json = false;
};

void print_share(const std::string& name, double share) { fmt::print("{:<16} {:>8.2f} %\n", name, 100 * share); }

void print_cross_entropy_and_classes(double cross_entropy, const std::vector<double>& of_class,
                                     const std::vector<std::string>& names) {
  fmt::print("{:<16} {:>8.4f}\n\n", "cross-entropy", cross_entropy);
  for (size_t i = 0; i < names.size(); ++i) print_share(names[i], of_class[i]);
}

void print_accuracy(const model::Accuracy& accuracy, const std::vector<std::string>& names) {
  print_share("top-1", accuracy.top1);
  print_share("top-5", accuracy.top5);
  print_cross_entropy_and_classes(accuracy.cross_entropy, accuracy.of_class, names);
}

/// Behind the cross-entropy, intersection over union by class.
void print_accuracy(const model::MapAccuracy& accuracy, const std::vector<std::string>& names) {
  print_share("mean IoU", accuracy.mean_iou);
  print_share("pixels right", accuracy.pixel_accuracy);
  print_cross_entropy_and_classes(accuracy.cross_entropy, accuracy.of_class, names);
}

int evaluate_model(const ModelEvalOptions& options, Invocation& invocation) {
  const auto chosen = choose_model(options.model, "eval").options;
  if (chosen.data.test.empty()) user_error("eval: --data names what to test on; `retort list data` lists it");
  const auto loader = data::make_test_loader(invocation.registries, chosen.data);
  const auto [network, weights] = model::open_trained_network(invocation.registries, chosen.student.network,
                                                              chosen.student.weights, model::picture_size(*loader));
  const auto& names = loader->dataset().class_names();
  if (network->classes != loader->dataset().class_count()) {
    user_error("{}: tells {} classes apart, {} has {}", weights.origin, network->classes, chosen.data.test,
               names.size());
  }
  model::require_task(loader->dataset(), *network, "--network");
  const auto score = model::measure_score(*network, weights, *loader);
  if (options.json) {
    fmt::print("{}\n", model::to_json(score, names).dump(2));
    return exit_done;
  }
  fmt::print("{} on {}: {} samples\n", network->name, chosen.data.test, model::samples_of(score));
  std::visit([&](const auto& accuracy) { print_accuracy(accuracy, names); }, score);
  return exit_done;
}
}  // namespace

Verb make_eval_verb() {
  return {
      .name = "eval",
      .heading = "Models",
      .summary = "how often a classifier is right: top-1, top-5, by class; segmentation: mean IoU, pixels, by class",
      .examples =
          {{"eval runs/kd", "the student of a run on the run's test set"},
           {"eval --network resnet20_a --weights resnet20.th --data cifar10/test --transforms 'normalise(imagenet)'",
            "a published checkpoint, with the statistics that it was trained with"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ModelEvalOptions>();
        parser.add_option("RUN", options->model.run, "folder of a model's run, or run:NAME");
        add_model_options(parser, options->model);
        parser.add_flag("--json", options->json, "print JSON");
        return [options](Invocation& invocation) { return evaluate_model(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
