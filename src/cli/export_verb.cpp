#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/failures.h"
#include "cli/model_choice.h"
#include "cli/verbs.h"
#include "core/text.h"
#include "data/data_options.h"
#include "distil/model/engine/weight_export.h"
#include "retort_build.h"

namespace retort::cli {

namespace {
struct ModelExportOptions {
  ModelChoice model;
  std::vector<std::string> classes;
  std::string output;
  bool half = false;
  bool fold_norms = false;
};

int export_model(const ModelExportOptions& options, Invocation& invocation) {
  const auto chosen = choose_model(options.model, "export");
  const auto open = open_model(chosen, options.classes, invocation);
  const auto written = options.fold_norms ? model::with_folded_norms(open.trained) : open.trained;
  const auto metadata = model::export_metadata(written, {.class_names = open.data.class_names,
                                                         .image = open.trained.network->image,
                                                         .normalisation = data::test_normalisation(chosen.options.data),
                                                         .version = build::version,
                                                         .folded_norms = options.fold_norms});
  model::export_weights(written.weights, options.output, metadata, options.half);
  const auto check = model::check_export(open.trained, *written.network, options.output);
  fmt::print("{}: {}, {} classes, {}\nread back: logits differ by at most {:.3g} (the largest is {:.3g})\n",
             options.output, open.trained.network->name, open.trained.network->classes,
             human_bytes(static_cast<double>(std::filesystem::file_size(options.output))), check.largest_difference,
             check.largest_logit);
  return exit_done;
}
}  // namespace

Verb make_export_verb() {
  return {.name = "export",
          .heading = "Models",
          .summary = "a classifier's weights for other programs, read back and compared",
          .examples = {{"export runs/kd -o student.safetensors", "the names of torchvision or timm, with metadata"},
                       {"export runs/kd --half -o student.safetensors", "in half precision"},
                       {"export runs/kd --fold-norms -o student.safetensors", "without batch norms, faster to run"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<ModelExportOptions>();
            parser.add_option("RUN", options->model.run, "folder of a model's run, or run:NAME");
            parser.add_option("-o,--output", options->output, "the safetensors file to write")
                ->type_name("FILE")
                ->required();
            add_model_options(parser, options->model);
            parser.add_option("--classes", options->classes, "names of the classes in order (default: the data set's)");
            parser.add_flag("--fold-norms", options->fold_norms,
                            "fold batch norms into the convolutions before them, for programs that only predict");
            parser.add_flag("--half", options->half, "half precision (float16): half the bytes");
            return [options](Invocation& invocation) { return export_model(*options, invocation); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
