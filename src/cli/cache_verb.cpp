#include <fmt/core.h>
#include <fmt/ranges.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "cli/failures.h"
#include "cli/recipe_search.h"
#include "cli/verbs.h"
#include "core/recipe.h"
#include "core/text.h"
#include "distil/model/engine/label_surgery.h"
#include "distil/model/engine/model_options.h"
#include "distil/model/engine/soft_label_maker.h"
#include "run/progress.h"

namespace retort::cli {

namespace {
struct CacheVerbOptions {
  std::string recipe, network, weights, data, path, output, feature, format = "fp16";
  std::vector<std::string> assignments, transforms;
  int64_t epochs = 1, seed = -1, top_k = 128, classes = 0, batch_size = 0;
  int workers = -1, quantise = 0;
  bool overwrite = false;
};

data::SoftLabelFormat format_of(const CacheVerbOptions& options) {
  using data::SoftLabelFormat;
  if (options.quantise == 8) return SoftLabelFormat::quantised8;
  return options.format == "fp32" ? SoftLabelFormat::fp32 : SoftLabelFormat::fp16;
}

/// Who is asked about what: from a recipe, changed by what the command line names.
model::SoftLabelRequest asked(const CacheVerbOptions& options) {
  model::ModelOptions chosen;
  if (!options.recipe.empty()) {
    auto recipe = Recipe::load(find_recipe(options.recipe, shipped_recipes_folder()));
    for (const auto& assignment : options.assignments) recipe.override_with(assignment);
    if (recipe.family() != "model")
      user_error("{}: distils a {}; `retort cache` asks the teacher of a model's recipe", options.recipe,
                 recipe.family());
    chosen = recipe.read<model::ModelOptions>();
    if (!chosen.teacher.also.empty() && options.network.empty())
      user_error("{}: has several teachers; --network and --weights say which one is asked; each has a file of its own",
                 options.recipe);
  }
  model::SoftLabelRequest request{.data = chosen.data,
                                  .network = options.network.empty() ? chosen.teacher.network : options.network,
                                  .weights = options.weights.empty() ? chosen.teacher.weights : options.weights,
                                  .seed = options.seed >= 0 ? options.seed : chosen.train.seed,
                                  .epochs = options.epochs,
                                  .top_k = options.top_k,
                                  .classes = options.classes,
                                  .format = format_of(options),
                                  .feature = options.feature};
  if (!options.data.empty()) request.data.train = options.data;
  if (!options.path.empty()) request.data.path = options.path;
  if (!options.transforms.empty()) request.data.transforms = options.transforms;
  if (request.data.transforms.empty()) request.data.transforms = {"normalise"};
  if (options.seed >= 0) request.data.augmentation_seed = options.seed;
  if (options.batch_size > 0) request.data.batch_size = options.batch_size;
  if (options.workers >= 0) request.data.workers = options.workers;
  if (request.network.empty())
    user_error("cache: --network names the teacher's architecture, or a recipe's teacher.network");
  if (request.weights.empty())
    user_error("cache: --weights names the teacher's weights, or a recipe's teacher.weights");
  if (request.data.train.empty()) user_error("cache: --data names the training set; `retort list data` lists them");
  return request;
}

void print_what_is_kept(const std::string& file, const data::SoftLabelHeader& header) {
  fmt::print("{}: {} ({}) on {}, {} samples, epochs {}, [{}]\n", file, header.teacher.network, header.teacher.weights,
             header.data.name, header.data.samples, header.epochs, fmt::join(header.transforms, ", "));
  fmt::print("{:<34} {} of {} classes, {}{}\n", "a sample", header.top_k, header.classes,
             choices(header.format)[static_cast<size_t>(header.format)],
             header.feature.empty() ? "" : fmt::format(", feature {} [{}]", header.feature, header.feature_width));
  fmt::print("{:<34} {} bytes\n", "bytes a sample", data::soft_label_record_bytes(header));
  const auto quantiles = model::confidence_quantiles(data::SoftLabelFile(file), {0.01, 0.05, 0.25, 0.5, 0.75, 0.95});
  fmt::print("{:<34} {:.3f}\n", "confidence at 1, 5, 25, 50, 75, 95 %", fmt::join(quantiles, " "));
  fmt::print("{:<34} {}\n", "file", human_bytes(static_cast<double>(std::filesystem::file_size(file))));
}

int make_cache(const CacheVerbOptions& options, Invocation& invocation) {
  model::SoftLabelMaker maker(invocation.registries, asked(options), options.output, options.overwrite);
  const auto& header = maker.header();
  if (maker.already_there()) {
    invocation.context.log.info("{}: is there already, whole", options.output);
    print_what_is_kept(options.output, header);
    return exit_done;
  }
  if (maker.records() > 0)
    invocation.context.log.info("goes on behind sample {} of {}", maker.records(), header.records());
  run::ProgressOptions progress_options{.style = run::default_progress_style(invocation.quiet),
                                        .unit = run::ProgressUnit::samples};
  run::Plan plan;
  plan.phases = {{"cache", header.records()}};
  run::Progress progress(progress_options, plan, maker.records());
  while (!invocation.context.stop.requested() && maker.step()) progress.update(maker.records(), "");
  progress.finish(maker.records(), "");
  if (maker.records() < header.records()) {
    invocation.context.log.warn("stopped after sample {} of {}; the same command goes on from there", maker.records(),
                                header.records());
    return stopped_exit(invocation.context.stop);
  }
  const auto error = maker.error();
  maker.commit();
  print_what_is_kept(options.output, header);
  if (error.records == 0) return exit_done;
  fmt::print("{:<34} {:.2g} (of {} samples)\n", "largest error of a probability", error.largest, error.records);
  fmt::print("{:<34} {:.2g} at most, {:.2g} on average\n", "probability of classes left out", error.left_out,
             error.mean_left_out());
  return exit_done;
}
}  // namespace

Verb make_cache_verb() {
  return {
      .name = "cache",
      .heading = "Models",
      .summary = "asks a teacher about a training set once and keeps what it says",
      .examples =
          {{"cache model/kd teacher.weights=resnet56.th --epochs 20 -o cifar.soft",
            "the recipe's teacher on its pictures, twenty augmentations of each"},
           {"cache --network resnet56_a --weights resnet56.th --data cifar10/train --transforms 'normalise(imagenet)' "
            "--format fp32 --top-k 0 -o cifar.soft",
            "without augmentation, all classes, to the bit"},
           {"cache --network resnet50 --weights resnet50.pth --data image_folder/train --path photos --transforms "
            "random_resized_crop flip 'normalise(imagenet)' --epochs 10 --quantise 8 -o photos.soft",
            "the 128 likeliest classes in about 230 bytes a crop"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<CacheVerbOptions>();
        parser.add_option("RECIPE", options->recipe,
                          "a model's recipe, file or shipped name: its data, teacher and train.seed are taken");
        parser.add_option("KEY=VALUE", options->assignments, "options of the recipe to set, such as train.seed=1");
        parser.add_option("-o,--output", options->output, "file to write")->required()->type_name("FILE");
        parser.add_option("--network", options->network, "architecture, as `retort list networks` names it");
        parser.add_option("--weights", options->weights, "safetensors file or PyTorch checkpoint")->type_name("FILE");
        parser.add_option("--data", options->data, "data set and split: cifar10/train");
        parser.add_option("--path", options->path, "folder of the data set");
        parser.add_option(
            "--transforms", options->transforms,
            "changes of the pictures, as a training will make them (default: the recipe's, or normalise)");
        parser.add_option("--epochs", options->epochs, "augmentations of each picture to keep (default 1)")
            ->check(CLI::Range(int64_t{1}, int64_t{1} << 20));
        parser.add_option("--seed", options->seed, "of the augmentation (default: the recipe's, or 0)")
            ->check(CLI::Range(int64_t{0}, INT64_MAX));
        parser.add_option("--top-k", options->top_k, "keep the likeliest classes only; 0: all (default 128)")
            ->check(CLI::Range(int64_t{0}, int64_t{1} << 24));
        parser
            .add_option("--classes", options->classes,
                        "that the teacher knows, where the pictures have none or others (default: the data set's)")
            ->check(CLI::Range(int64_t{1}, int64_t{1} << 24));
        auto* format = parser.add_option("--format", options->format, "fp16 (default), or fp32: logits to the bit");
        format->check(CLI::IsMember({"fp16", "fp32"}));
        parser.add_option("--quantise", options->quantise, "bits of a value: 8")
            ->check(CLI::IsMember({8}))
            ->excludes(format);
        parser.add_option("--features", options->feature, "keep this tap's vector as well: avgpool")->type_name("TAP");
        parser.add_option("--batch-size", options->batch_size, "pictures at a time (default: the recipe's, or 128)")
            ->check(CLI::Range(1, 1 << 20));
        parser.add_option("--workers", options->workers, "threads that read pictures (default: the recipe's, or 2)")
            ->check(CLI::Range(0, 256));
        parser.add_flag("--overwrite", options->overwrite, "replace a file that holds something else");
        return [options](Invocation& invocation) { return make_cache(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
