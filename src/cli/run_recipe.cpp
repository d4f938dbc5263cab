#include "cli/run_recipe.h"

#include <fmt/core.h>
#include <spdlog/logger.h>

#include <CLI/CLI.hpp>

#include "cli/failures.h"
#include "cli/needed_runs.h"
#include "cli/recipe_search.h"
#include "core/isa.h"
#include "core/text.h"
#include "retort_build.h"
#include "run/checkpoint.h"

namespace retort::cli {

namespace {
const Method& method_of(const Recipe& recipe, const Invocation& invocation) {
  const Method& method = invocation.registries.methods.get(recipe.method());
  if (recipe.family() != method.family) {
    user_error("{}: distil: is '{}', but method '{}' distils a {}; write `distil: {}`", recipe.file_name(),
               recipe.family(), recipe.method(), method.family, method.family);
  }
  return method;
}

std::unique_ptr<run::Job> make_job(const Recipe& recipe, Invocation& invocation) {
  return method_of(recipe, invocation).make(recipe, invocation.context);
}

/// Where methods keep their seed; 0 for one that draws nothing.
uint64_t recipe_seed(const std::string& resolved) {
  const YAML::Node train = YAML::Load(resolved)["train"];
  return train && train["seed"] ? train["seed"].as<uint64_t>(0) : 0;
}

run::RunDescription describe_run(const Recipe& recipe, run::Job& job, const Invocation& invocation) {
  const auto resolved = job.resolved_recipe();
  return {.family = recipe.family(),
          .method = recipe.method(),
          .version = build::version,
          .instruction_set = std::string(isa_name(chosen_isa())),
          .threads = invocation.context.pool.threads(),
          .seed = recipe_seed(resolved),
          .command = invocation.command,
          .recipe = resolved};
}

void print_plan(run::Job& job) {
  const auto plan = job.plan();
  fmt::print("{}\n{}", run::plan_text(plan), job.resolved_recipe());
}

/// Refuses a run that memory is too small for; only says so when it is to start all the same.
void consider_memory(run::Job& job, bool start_anyway, Invocation& invocation) {
  try {
    require_memory(job.plan().memory_bytes, memory_room());
  } catch (const UserError& error) {
    if (!start_anyway) throw;
    invocation.context.log.warn("{}", error.what());
  }
}

/// The same bytes are promised for the same threads and instruction set only.
void warn_of_other_machine(const run::RunDescription& begun, Invocation& invocation) {
  const int threads = invocation.context.pool.threads();
  const auto instruction_set = std::string(isa_name(chosen_isa()));
  if (begun.threads == threads && begun.instruction_set == instruction_set) return;
  invocation.context.log.warn(
      "begun with {} threads and {}, resumed with {} and {}: the results may differ in their last digits",
      begun.threads, begun.instruction_set, threads, instruction_set);
}

void print_products(const std::filesystem::path& folder, const run::RunOutcome& outcome) {
  for (const auto& product : outcome.products) {
    fmt::print("{:<18} {:<10} {:>9}  {}\n", product.name, product.kind, human_bytes(static_cast<double>(product.bytes)),
               (folder / product.path).string());
  }
}

/// After a failure: whether its work is lost.
void say_what_is_kept(const std::filesystem::path& folder, Invocation& invocation) {
  const auto checkpoints = run::list_checkpoints(folder);
  if (checkpoints.empty()) return;
  invocation.context.log.warn("the state of step {} is kept; once the cause is mended, go on with `retort resume {}`",
                              checkpoints.front().step, folder.string());
}

RunResult run_in_folder(run::Job& job, run::RunFolder& folder, Invocation& invocation) {
  run::RunOptions options;
  options.progress.style = run::default_progress_style(invocation.quiet);
  RunResult result{.exit_code = exit_done, .folder = folder.path(), .outcome = {}};
  try {
    result.outcome = run::run_job(job, folder, invocation.context, options);
  } catch (const std::exception&) {
    say_what_is_kept(folder.path(), invocation);
    throw;
  }
  if (result.outcome.kind == run::RunOutcome::Kind::stopped) {
    invocation.context.log.warn("stopped after step {}; go on with `retort resume {}`", result.outcome.steps_done,
                                folder.path().string());
    result.exit_code = 128 + result.outcome.signal;
    return result;
  }
  print_products(folder.path(), result.outcome);
  return result;
}

RunResult run_in_new_folder(const Recipe& recipe, run::Job& job, const run::RunFolderOptions& options,
                            Invocation& invocation) {
  auto folder = run::RunFolder::create(options, describe_run(recipe, job, invocation));
  invocation.context.log.info("run folder {}", folder.path().string());
  return run_in_folder(job, folder, invocation);
}

RunResult resume_in_folder(const std::filesystem::path& path, Invocation& invocation) {
  auto folder = run::RunFolder::open(path);
  const auto recipe = Recipe::load(folder.recipe_file());
  const auto job = make_job(recipe, invocation);
  warn_of_other_machine(folder.record().description, invocation);
  return run_in_folder(*job, folder, invocation);
}

/// Runs or resumes what is not finished, in order. A result other than done ends it: a signal stopped one of them.
int make_needed_runs(const std::vector<NeededRun>& needs, bool any_memory, Invocation& invocation) {
  for (const auto& need : needs) {
    invocation.context.log.info("{}", need.description());
    if (need.state == NeedState::finished) continue;
    int exit_code = exit_done;
    if (need.state == NeedState::unfinished) {
      exit_code = resume_in_folder(need.folder, invocation).exit_code;
    } else {
      const auto job = make_job(need.recipe, invocation);
      consider_memory(*job, any_memory, invocation);
      const run::RunFolderOptions options{.output = need.folder};
      exit_code = run_in_new_folder(need.recipe, *job, options, invocation).exit_code;
    }
    if (exit_code != exit_done) return exit_code;
  }
  return exit_done;
}

/// What a dry run prints of needed runs. A plan can be made only where nothing that it reads is still missing; returns
/// whether the recipe's own can.
bool print_needs(const std::vector<NeededRun>& needs, Invocation& invocation) {
  bool all_there = true;
  for (const auto& need : needs) {
    fmt::print("{}\n", need.description());
    if (need.state == NeedState::missing && all_there) print_plan(*make_job(need.recipe, invocation));
    all_there = all_there && need.state == NeedState::finished;
  }
  return all_there;
}
}  // namespace

void add_trust_option(CLI::App& parser, bool& trust) {
  parser.add_flag("--trust-torchscript", trust, "run the TorchScript files that the recipe names; they are programs");
}

void add_run_options(CLI::App& parser, RunRequest& request) {
  auto* output = parser.add_option("--output", request.output, "the run folder (default: runs/<method>-<date>-<n>)");
  output->type_name("DIR");
  parser.add_option("--name", request.name, "the run folder's name below runs/")->type_name("NAME")->excludes(output);
  parser.add_flag("--overwrite", request.overwrite, "replace the run that the folder holds");
  parser.add_flag("--dry-run", request.dry_run, "check everything and print the plan; start nothing");
  parser.add_flag("--any-memory", request.any_memory,
                  "start although less memory is free than the run expects to take");
}

RunResult run_recipe(const Recipe& given, const RunRequest& request, Invocation& invocation) {
  if (request.name.find('/') != std::string::npos) {
    user_error("--name {}: is a name below runs/; for a folder elsewhere use --output", request.name);
  }
  run::RunFolderOptions folder_options{.runs_root = "runs", .output = request.output, .overwrite = request.overwrite};
  if (!request.name.empty()) folder_options.output = folder_options.runs_root / request.name;
  const auto needs = plan_needed_runs(given, folder_options.runs_root, shipped_recipes_folder());
  refuse_own_folder(needs, folder_options.output);
  const auto recipe = with_settled_needs(given, shipped_recipes_folder());
  method_of(recipe, invocation);  // a mistyped one comes out before hours of other runs
  if (request.dry_run && !print_needs(needs, invocation)) {
    fmt::print("the plan of {} can be made once they are finished\n{}", recipe.file_name(), recipe.to_yaml());
    return {};
  }
  if (!request.dry_run) {
    const int exit_code = make_needed_runs(needs, request.any_memory, invocation);
    if (exit_code != exit_done) return {.exit_code = exit_code, .folder = {}, .outcome = {}};
  }
  const auto job = make_job(recipe, invocation);
  if (request.dry_run) {
    print_plan(*job);
    consider_memory(*job, true, invocation);
    return {};
  }
  consider_memory(*job, request.any_memory, invocation);
  return run_in_new_folder(recipe, *job, folder_options, invocation);
}

void check_recipe(const Recipe& recipe, Invocation& invocation) {
  const auto needs = plan_needed_runs(recipe, "runs", shipped_recipes_folder());
  method_of(recipe, invocation);
  for (const auto& need : needs) {
    if (need.state != NeedState::finished) return;
  }
  make_job(with_settled_needs(recipe, shipped_recipes_folder()), invocation);
}

void require_memory(int64_t needed_bytes, const MemoryRoom& room) {
  if (room.available_bytes <= 0 || needed_bytes <= room.available_bytes) return;
  const auto limit =
      room.limited_by.empty() ? std::string() : fmt::format(" (by the limit of the control group {})", room.limited_by);
  user_error(
      "this run expects to take {} of memory, and {} are free{}; lower train.max_splats, scene.max_points, "
      "scene.resolution, teacher.reduce_to or the caches (data.image_cache_mb, teacher.cache_mb), or start it all the "
      "same with --any-memory",
      human_bytes(static_cast<double>(needed_bytes)), human_bytes(static_cast<double>(room.available_bytes)), limit);
}

RunResult resume_run(const std::filesystem::path& path, Invocation& invocation) {
  // No run folder: opening it says what is wrong. A finished run needs nothing any more.
  if (run::is_run_folder(path) && run::read_run_record(path).state != run::RunState::finished) {
    const auto needs = plan_needed_runs(Recipe::load(path / "recipe.yaml"), "runs", shipped_recipes_folder());
    const int exit_code = make_needed_runs(needs, true, invocation);
    if (exit_code != exit_done) return {.exit_code = exit_code, .folder = path, .outcome = {}};
  }
  return resume_in_folder(path, invocation);
}

std::string yaml_text(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
  return quoted + "'";
}

}  // namespace retort::cli
