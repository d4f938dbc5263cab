#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/failures.h"
#include "cli/recipe_search.h"
#include "cli/verbs.h"
#include "core/errors.h"
#include "data/data_options.h"
#include "data/soft_labels/aspect_rules.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace fs = std::filesystem;

namespace {
constexpr uint64_t most_class_bytes = 1 << 20;

struct AspectsVerbOptions {
  data::DataOptions data;
  std::string classes, output;
  double confidence = 0.9;
};

/// A file, or a shipped one by its name.
fs::path find_class_aspects(const std::string& name_or_file) {
  std::error_code ignored;
  if (fs::is_regular_file(name_or_file, ignored)) return name_or_file;
  const auto shipped = shipped_recipes_folder() / "model" / "aspects" / (name_or_file + ".json");
  if (fs::is_regular_file(shipped, ignored)) return shipped;
  user_error("--classes {}: neither a file nor a shipped table of answers (fashion_mnist)", name_or_file);
}

int make_aspects(const AspectsVerbOptions& options, Invocation& invocation) {
  data::ClassAspects of_classes;
  if (!options.classes.empty()) {
    const auto file = find_class_aspects(options.classes);
    of_classes = data::parse_class_aspects(io::read_whole_file(file, most_class_bytes), file.string());
  }
  const auto set = data::open_train_set(invocation.registries, options.data);
  if (set->task() != data::Task::classification)
    user_error("aspects: --data {}: its pictures have no classes", options.data.train);
  const auto answers = data::answers_by_rule(*set, of_classes, options.confidence, options.classes);
  const fs::path output(options.output);
  if (output.has_parent_path()) fs::create_directories(output.parent_path());
  io::write_whole_file(output, data::aspect_answers_text(answers));
  fmt::print("{}: {} questions about {} samples of {}\n", options.output, answers.questions.size(), answers.rows(),
             options.data.train);
  return exit_done;
}
}  // namespace

Verb make_aspects_verb() {
  return {.name = "aspects",
          .heading = "Models",
          .summary = "answers questions about training pictures by rule: a stand-in where no language model was asked",
          .examples = {{"aspects --data fashion_mnist/train --classes fashion_mnist -o aspects.json",
                        "what holds for each class, and four questions about the pixels"},
                       {"aspects --data cifar10/train --samples 5000 -o aspects.json",
                        "about the pixels alone, of the samples that data.train_samples=5000 takes"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<AspectsVerbOptions>();
            parser.add_option("--data", options->data.train, "data set and split: cifar10/train")->required();
            parser.add_option("--path", options->data.path, "folder of the data set");
            parser
                .add_option("--samples", options->data.train_samples, "as data.train_samples of the training; 0: all")
                ->check(CLI::Range(int64_t{0}, INT64_MAX));
            parser
                .add_option("--classes", options->classes,
                            "JSON file of questions and each class's answers, or the name of a shipped one")
                ->type_name("FILE");
            parser.add_option("--confidence", options->confidence, "probability that stands for yes (default 0.9)")
                ->check(CLI::Range(0.5, 1.0));
            parser.add_option("-o,--output", options->output, "file to write")->required()->type_name("FILE");
            return [options](Invocation& invocation) { return make_aspects(*options, invocation); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
