// From a recipe to a finished run: what `run`, `resume`, `teach`, `field train` and `field demo` share.
#pragma once

#include <filesystem>
#include <string>

#include "cli/verb.h"
#include "core/memory_room.h"
#include "core/recipe.h"
#include "run/runner.h"

namespace CLI {
class App;
}

namespace retort::cli {

struct RunRequest {
  std::string output;  ///< the run folder itself; empty: a folder below runs/
  std::string name;    ///< its name below runs/; empty: <method>-<date>-<n>
  bool overwrite = false;
  bool dry_run = false;
  bool any_memory = false;  ///< start even where the plan expects more memory than is free
};

/// Declares --trust-torchscript.
void add_trust_option(CLI::App& parser, bool& trust);

/// Declares --output, --name, --overwrite, --dry-run and --any-memory.
void add_run_options(CLI::App& parser, RunRequest& request);

struct RunResult {
  int exit_code = 0;
  std::filesystem::path folder;  ///< empty after a dry run
  run::RunOutcome outcome;
};

/// Makes the job that the recipe declares and runs it in a new folder; prints the products on standard output. What the
/// recipe needs (cli/needed_runs.h) is run or resumed first. A dry run prints the plan and the resolved recipe instead
/// and leaves nothing behind; where needed runs are missing, their plans. UserError for a wrong recipe (before anything
/// is made) or an unusable folder.
RunResult run_recipe(const Recipe& recipe, const RunRequest& request, Invocation& invocation);

/// Makes the job that the recipe declares and drops it again: UserError as run_recipe() would throw, nothing left
/// behind.
/// While a run that it needs is not finished there can be no job yet: then the needs alone are looked at.
void check_recipe(const Recipe& recipe, Invocation& invocation);

/// UserError with what to lower when a run expects more bytes than there is room for (unknown room: anything goes).
void require_memory(int64_t needed_bytes, const MemoryRoom& room);

/// Goes on with a run from its latest checkpoint; likewise, also with what its recipe needs.
RunResult resume_run(const std::filesystem::path& folder, Invocation& invocation);

/// `text` as a YAML value whatever it holds, for Recipe::set().
std::string yaml_text(const std::string& text);

}  // namespace retort::cli
