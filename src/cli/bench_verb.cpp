#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/failures.h"
#include "cli/verbs.h"
#include "distil/field/benchmarks/field_bench.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
struct BenchVerbOptions {
  field::SceneOptions scene;
  field::FieldBenchOptions bench;
  std::string json;
  bool quick = false;
};

int bench_field(BenchVerbOptions options, Invocation& invocation) {
  if (options.quick) options.bench.rounds = options.bench.steps = 3;
  const auto scene = options.scene.path.empty() ? field::synthetic_bench_scene(options.quick, invocation.context.pool)
                                                : field::loaded_bench_scene(options.scene);
  const auto result = field::run_field_bench(*scene, options.bench, invocation.context);
  if (!result) return stopped_exit(invocation.context.stop);
  fmt::print("{}", field::to_text(*result));
  if (!options.json.empty()) io::write_whole_file(options.json, field::to_json(*result).dump(2) + "\n");
  return exit_done;
}

Verb make_bench_field_verb() {
  return {.name = "field",
          .heading = "",
          .summary = "training steps and feature maps of a field, against this machine's limits",
          .examples = {{"bench field", "the built-in scene: 100,000 splats, 400x300 pixels; some minutes"},
                       {"bench field photos/fox --resolution half", "a COLMAP folder's initial splats"},
                       {"bench field --quick", "a tenth of the splats, few rounds: does it run at all?"},
                       {"bench field --channels 128 --no-comparison --no-maps", "one width, steps only"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<BenchVerbOptions>();
            auto& bench = options->bench;
            parser.add_option("SCENE", options->scene.path, "folder of a scene (default: the built-in one)");
            parser.add_option("--resolution", options->scene.resolution, "full, half, quarter, a width W, or WxH");
            parser.add_option("--channels", bench.channels, "widths of the features, comma list")->delimiter(',');
            parser.add_option("--rounds", bench.rounds, "rounds, cases in random order")->check(CLI::Range(1, 1000));
            parser.add_option("--steps", bench.steps, "steps of a case a round")->check(CLI::Range(1, 10000));
            parser.add_flag("!--no-maps", bench.renders_measured, "leave the feature maps out");
            parser.add_flag("!--no-comparison", bench.comparison_measured, "leave instruction sets and threads out");
            parser.add_flag("!--no-steps", bench.steps_measured, "leave the steps of all widths out");
            parser.add_flag("--quick", options->quick, "3 rounds of 3 steps; the built-in scene is smaller");
            parser.add_option("--json", options->json, "also write the figures to this file");
            return [options](Invocation& invocation) { return bench_field(*options, invocation); };
          },
          .verbs = {}};
}
}  // namespace

Verb make_bench_verb() {
  return {
      .name = "bench",
      .heading = "Check",
      .summary = "how fast this build is on this machine",
      .examples = {{"bench field", "steps a second and feature maps, with the least time possible beside each"},
                   {"bench field photos/fox --json fox.json", "the same on photos of one's own, kept for comparison"}},
      .add_options = nullptr,
      .verbs = {make_bench_field_verb()}};
}

}  // namespace retort::cli
