#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "claims/metric.h"
#include "claims/sweep_page.h"
#include "cli/failures.h"
#include "cli/measured_runs.h"
#include "cli/needed_runs.h"
#include "cli/recipe_search.h"
#include "cli/run_recipe.h"
#include "cli/verbs.h"
#include "core/text.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;

struct SweepVerbOptions {
  std::string recipe, output, metric;
  claims::SweepOptions sweep;
  bool maximise = false, minimise = false, dry_run = false;
};

std::string wanted_metric(const SweepVerbOptions& options, const std::string& family) {
  if (!options.metric.empty()) return options.metric;
  if (family == "model") return "eval/top1";
  user_error("sweep: --metric names what the points are held against each other by, such as evaluation.psnr_db");
}

/// A loss that is taken for an accuracy would make the worst point the best.
claims::Direction wanted_direction(const SweepVerbOptions& options, const std::string& metric) {
  if (options.minimise) return claims::Direction::lower;
  if (options.maximise) return claims::Direction::higher;
  for (const char* word : {"loss", "entropy", "error", "seconds", "bytes", "lpips"}) {
    if (metric.find(word) != std::string::npos)
      user_error("sweep: --metric {}: say --minimise or --maximise; the name sounds as if less were better", metric);
  }
  return claims::Direction::higher;
}

/// Makes the job of each value once, before anything runs; what one complains of, all are told.
void try_values(const claims::SweepPlan& plan, const Recipe& base, Invocation& invocation) {
  std::vector<std::string> faults;
  for (const auto& point : claims::covering_points(plan)) {
    try {
      check_recipe(recipe_of(base, plan, point), invocation);
    } catch (const UserError& error) {
      faults.push_back(fmt::format("{}: {}", point.name, error.what()));
    }
  }
  if (!faults.empty()) throw UserError(join(faults, "\n"));
}

/// What runs or has run was found good when it began.
bool all_begun(const std::vector<claims::Task>& tasks) {
  return std::all_of(tasks.begin(), tasks.end(),
                     [](const claims::Task& task) { return state_of(task) != claims::TaskState::to_do; });
}

int print_points(const claims::SweepPlan& plan, const std::vector<claims::Task>& tasks) {
  for (const auto& task : tasks) {
    const auto point = std::find_if(plan.points.begin(), plan.points.end(),
                                    [&](const claims::SweepPoint& one) { return one.name == task.source; });
    fmt::print("{:<40} {:<10} {}\n", task.name, name_of(claims::state_of(task)), join(point->set, " "));
  }
  fmt::print("{} points, {} runs\n", plan.points.size(), tasks.size());
  return exit_done;
}

void write_sweep(const claims::SweepResults& results, const fs::path& folder) {
  io::write_whole_file(folder / "sweep.json", to_json(results).dump(2) + "\n");
  io::write_whole_file(folder / "sweep.svg", render_sweep_chart(results));
  io::write_whole_file(folder / "sweep.md", render_sweep_page(results, "sweep.svg"));
  fmt::print("page: {}\n", (folder / "sweep.md").string());
}

void say_what_it_is_worth(const claims::SweepResults& results, Invocation& invocation) {
  for (const auto& warning : results.warnings) invocation.context.log.warn("{}", warning);
  if (results.chosen_on_test)
    invocation.context.log.warn("the best is chosen on {}, a test set: its figure there is no test result",
                                results.chosen_on);
}

int sweep(const SweepVerbOptions& options, Invocation& invocation) {
  const auto file = find_recipe(options.recipe, shipped_recipes_folder());
  // A point's own recipe lies beside its run, and finds from there what it needs.
  const auto base = with_settled_needs(Recipe::load(file), shipped_recipes_folder());
  const auto plan = claims::plan_sweep(options.sweep, invocation.registries.methods.get(base.method()).options());
  const claims::SweepHead head{.recipe = options.recipe,
                               .metric = wanted_metric(options, base.family()),
                               .better = wanted_direction(options, wanted_metric(options, base.family())),
                               .seeds = options.sweep.seeds};
  const fs::path folder =
      options.output.empty() ? fs::path("runs") / ("sweep-" + file.stem().string()) : fs::path(options.output);
  const auto tasks = claims::sweep_tasks(plan, base, folder, options.sweep.seeds);
  if (!all_begun(tasks)) try_values(plan, base, invocation);
  if (options.dry_run) return print_points(plan, tasks);
  make_folder(folder);
  const auto outcome =
      claims::run_tasks(tasks,
                        {.program = fs::read_symlink("/proc/self/exe"),
                         .threads = invocation.context.pool.threads(),
                         .only = {},
                         .draw = status_line(invocation),
                         .on_done = [&](const claims::Task& task) { claims::read_metric(task.folder, head.metric); },
                         .pass_over_failures = true},
                        invocation.context);
  if (outcome.stop_signal != 0) {
    invocation.context.log.warn("stopped; the same command goes on where it was");
    return stopped_exit(invocation.context.stop);
  }
  const auto results =
      claims::collect_sweep(head, plan, tasks, outcome.failures, surroundings_of(file, folder, invocation));
  say_what_it_is_worth(results, invocation);
  fmt::print("{}", to_text(results));
  write_sweep(results, folder);
  return outcome.failures.empty() ? exit_done : exit_fault;
}
}  // namespace

Verb make_sweep_verb() {
  return {
      .name = "sweep",
      .heading = "Runs",
      .summary = "tries values of a recipe's keys, with seeds; one table",
      .examples = {{"sweep model/kd loss.kd.temperature=[2,4,8] --seeds 3",
                    "nine runs; stopped, it goes on where it was"},
                   {"sweep my.yaml train.optimiser.learning_rate=[0.1,0.05] loss.kd.weight=[0.5,0.9] --random 3",
                    "three of the four points"},
                   {"sweep my.yaml loss.kd.temperature=[2,4] --dry-run", "the points; nothing starts"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<SweepVerbOptions>();
        parser.add_option("RECIPE", options->recipe, "a YAML file, or a shipped recipe's name (`retort list recipes`)")
            ->required();
        parser.add_option("KEY=VALUES", options->sweep.assignments,
                          "key=[a,b,c]: values to try; key=value: the same for all");
        parser.add_option("--seeds", options->sweep.seeds, "runs of each point, with train.seed 0, 1 ... (default: 1)")
            ->check(CLI::Range(1, 100));
        parser
            .add_option("--metric", options->metric,
                        "eval/top1 (a curve's last value) or evaluation.psnr_db (<file>.<key>; default: eval/top1)")
            ->type_name("NAME");
        auto* maximise = parser.add_flag("--maximise", options->maximise, "the highest mean is the best");
        parser.add_flag("--minimise", options->minimise, "the lowest is")->excludes(maximise);
        parser.add_option("--random", options->sweep.random, "so many points of the grid, drawn; default: all")
            ->check(CLI::Range(1, 10000));
        parser.add_option("--random-seed", options->sweep.random_seed, "of that draw (default: 0)");
        parser
            .add_option("--output,-o", options->output,
                        "folder of the runs and the page (default: runs/sweep-<recipe>)")
            ->type_name("DIR");
        parser.add_flag("--dry-run", options->dry_run, "check all values and list the points; start nothing");
        return [options](Invocation& invocation) { return sweep(*options, invocation); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
