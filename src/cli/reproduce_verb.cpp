#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "claims/claim_tasks.h"
#include "claims/results_page.h"
#include "claims/task_runner.h"
#include "cli/failures.h"
#include "cli/measured_runs.h"
#include "cli/recipe_search.h"
#include "cli/verbs.h"
#include "core/text.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;

struct ReproduceOptions {
  std::string claim, output, results, only;
  int64_t seeds = 0;
  bool quick = false, dry_run = false;
};

claims::Claim wanted_claim(const ReproduceOptions& options) {
  auto claim = claims::load_claim(find_claim(options.claim, shipped_claims_folder()));
  if (options.quick) claim = claims::quick_variant(std::move(claim));
  if (options.seeds > 0) claim.head.seeds = options.seeds;
  if (options.only.empty() || find_named(claim.arms, options.only) != nullptr) return claim;
  std::vector<std::string> names;
  for (const auto& [name, arm] : claim.arms) names.push_back(name);
  user_error("--only {}: no such arm{}; arms: {}", options.only, did_you_mean(options.only, names), join(names, ", "));
}

fs::path runs_folder(const ReproduceOptions& options, const claims::Claim& claim) {
  if (!options.output.empty()) return options.output;
  return fs::path("runs") / ("claim-" + claim.name + (options.quick ? "-quick" : ""));
}

/// A recipe beside the claim comes before a shipped one.
claims::RecipeFinder recipe_finder(const claims::Claim& claim) {
  return [beside = claim.file.parent_path()](const std::string& name) {
    std::error_code error;
    if (const auto file = beside / name; fs::is_regular_file(file, error)) return file;
    return find_recipe(name, shipped_recipes_folder());
  };
}

int print_claim_plan(const claims::Claim& claim, const std::vector<claims::Task>& tasks) {
  for (const auto& task : tasks) {
    fmt::print("{:<28} {:<10} {}\n", task.name, name_of(claims::state_of(task)),
               task.command.empty() ? task.folder.string() : "retort " + join(task.command, " "));
  }
  for (const auto& [id, measurement] : claim.measurements) {
    fmt::print("{}: {}\n  {} of {}, against {}; shown: {}\n", id, measurement.statement, measurement.metric,
               measurement.of, measurement.against, rule_text(measurement));
  }
  if (claim.head.budget_minutes > 0) fmt::print("about {} minutes on two cores\n", claim.head.budget_minutes);
  return exit_done;
}

void write_results(const claims::ClaimResults& results, const fs::path& folder) {
  make_folder(folder);
  const auto& name = results.claim.name;
  io::write_whole_file(folder / (name + ".json"), to_json(results).dump(2) + "\n");
  io::write_whole_file(folder / (name + ".svg"), render_results_chart(results));
  io::write_whole_file(folder / (name + ".md"), render_results_page(results, name + ".svg"));
  fmt::print("page: {}\n", (folder / (name + ".md")).string());
}

/// What was tried or is not whole yet never takes the place of a result.
fs::path results_folder(const ReproduceOptions& options, const claims::ClaimResults& results, const fs::path& runs) {
  if (!results.complete()) return runs;
  if (!options.results.empty()) return options.results;
  return options.quick ? runs : fs::path("results");
}

int reproduce(const ReproduceOptions& options, Invocation& invocation) {
  const auto claim = wanted_claim(options);
  const auto folder = runs_folder(options, claim);
  const auto tasks = claims::plan_tasks(claim, folder, recipe_finder(claim), invocation.registries);
  if (options.dry_run) return print_claim_plan(claim, tasks);
  make_folder(folder);
  const auto outcome = claims::run_tasks(tasks,
                                         {.program = fs::read_symlink("/proc/self/exe"),
                                          .threads = invocation.context.pool.threads(),
                                          .only = options.only,
                                          .draw = status_line(invocation)},
                                         invocation.context);
  if (outcome.stop_signal != 0) {
    invocation.context.log.warn("stopped; the same command goes on where it was");
    return stopped_exit(invocation.context.stop);
  }
  const auto results =
      claims::collect_results(claim, tasks, surroundings_of(claim.file, folder, invocation), options.quick);
  for (const auto& warning : results.warnings) invocation.context.log.warn("{}", warning);
  fmt::print("{}", to_text(results));
  write_results(results, results_folder(options, results, folder));
  return exit_done;
}
}  // namespace

Verb make_reproduce_verb() {
  return {.name = "reproduce",
          .heading = "Runs",
          .summary = "measures a paper's claim: arms, seeds, verdicts",
          .examples = {{"reproduce feature-3dgs", "all arms and seeds; stopped, it goes on where it was"},
                       {"reproduce feature-3dgs --quick", "a short variant that tries the machinery"},
                       {"reproduce feature-3dgs --dry-run", "what would run, and when each promise counts as shown"}},
          .add_options = [](CLI::App& parser) -> Action {
            auto options = std::make_shared<ReproduceOptions>();
            parser.add_option("CLAIM", options->claim, "a shipped claim's name (`retort list claims`), or a file")
                ->required();
            parser.add_option("--seeds", options->seeds, "runs of each arm (default: as the claim says)")
                ->check(CLI::Range(1, 100));
            parser.add_flag("--quick", options->quick, "the claim's short variant; its verdicts count for nothing");
            parser.add_option("--only", options->only, "this arm alone; the verdicts wait for the others")
                ->type_name("ARM");
            parser.add_option("--output", options->output, "folder of the runs (default: runs/claim-<name>)")
                ->type_name("DIR");
            parser.add_option("--results", options->results, "folder of JSON, page and chart (default: results)")
                ->type_name("DIR");
            parser.add_flag("--dry-run", options->dry_run, "print the plan; start nothing");
            return [options](Invocation& invocation) { return reproduce(*options, invocation); };
          },
          .verbs = {}};
}

}  // namespace retort::cli
