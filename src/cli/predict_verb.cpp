#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/failures.h"
#include "cli/model_choice.h"
#include "cli/verbs.h"
#include "core/errors.h"
#include "distil/model/engine/prediction.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
struct PredictVerbOptions {
  ModelChoice model;
  std::vector<std::string> words;  ///< RUN unless --network is given, then pictures
  std::vector<std::string> classes;
  std::string csv;
  int64_t top = 5;
  int64_t batch_size = 32;
  bool json = false;
};

int predict(PredictVerbOptions options, Invocation& invocation) {
  auto& words = options.words;
  if (options.model.network.empty() || names_a_run(words.front())) {
    options.model.run = words.front();
    words.erase(words.begin());
  }
  if (words.empty()) user_error("predict: name pictures or folders of pictures behind the run");
  const auto chosen = choose_model(options.model, "predict");
  const auto pictures = data::find_pictures(words);
  if (!data::test_normalisation(chosen.options.data))
    invocation.context.log.warn("the pictures are not normalised; --transforms says how, as the network learned them");
  const auto open = open_model(chosen, options.classes, invocation);
  const data::PictureReader reader(data::make_test_pipeline(invocation.registries, chosen.options.data),
                                   open.data.stored);
  const auto& stop = invocation.context.stop;
  const auto predictions = model::predict_pictures(open.trained, reader, pictures, options.batch_size, stop);
  if (stop.requested()) return stopped_exit(stop);
  const auto& names = open.data.class_names;
  if (!options.csv.empty()) io::write_whole_file(options.csv, model::to_csv(predictions, names));
  if (options.json) {
    const auto replace = nlohmann::json::error_handler_t::replace;  // file names may be no UTF-8
    fmt::print("{}\n", model::to_json(predictions, names, options.top).dump(2, ' ', false, replace));
  } else if (options.csv.empty()) {
    fmt::print("{}", model::to_text(predictions, names, options.top));
  }
  return exit_done;
}
}  // namespace

Verb make_predict_verb() {
  return {
      .name = "predict",
      .heading = "Models",
      .summary = "what a classifier sees in pictures: the likeliest classes",
      .examples = {{"predict runs/kd cat.jpg holiday/", "the student of a run on a picture and on a folder of them"},
                   {"predict runs/kd holiday/ --csv holiday.csv", "the probability of every class, as a table"},
                   {"predict cat.jpg --network resnet20_a --weights resnet20.th --data cifar10/test "
                    "--transforms 'normalise(imagenet)'",
                    "a published checkpoint, with the names and the picture size of its data set"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<PredictVerbOptions>();
        parser
            .add_option("RUN_AND_PICTURES", options->words,
                        "folder of a model's run or run:NAME (not with --network), then pictures and folders of them")
            ->required();
        add_model_options(parser, options->model);
        parser.add_option("--classes", options->classes, "names of the classes in order (default: the data set's)");
        parser.add_option("--top", options->top, "so many of the likeliest classes (default: 5)")
            ->check(CLI::Range(1, 1 << 20));
        parser.add_option("--batch-size", options->batch_size, "pictures at once; changes speed only (default: 32)")
            ->check(CLI::Range(1, 1 << 16));
        parser.add_flag("--json", options->json, "print JSON");
        parser.add_option("--csv", options->csv, "write the probabilities of all classes there")->type_name("FILE");
        return [options](Invocation& invocation) { return predict(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
