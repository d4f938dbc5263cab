#include "cli/needed_runs.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/recipe_search.h"
#include "cli/run_recipe.h"
#include "core/errors.h"
#include "core/text.h"
#include "run/run_folder.h"

namespace retort::cli {

namespace {
namespace fs = std::filesystem;

/// The file of a recipe that `recipe` needs.
fs::path find_needed_recipe(const Recipe& recipe, const std::string& wanted, const fs::path& shipped) {
  std::error_code ignored;
  const auto beside = fs::path(recipe.file_name()).parent_path() / wanted;
  return fs::weakly_canonical(fs::is_regular_file(beside, ignored) ? beside : find_recipe(wanted, shipped));
}

class NeedPlanner {
 public:
  NeedPlanner(fs::path runs_root, fs::path shipped) : runs_root_(std::move(runs_root)), shipped_(std::move(shipped)) {}

  void visit(const Recipe& recipe) {
    for (const auto& [name, wanted] : recipe.needs()) {
      const auto file = find_needed_recipe(recipe, wanted, shipped_);
      refuse_circle(recipe, name, file);
      if (is_planned(name, file)) continue;
      const auto needed = Recipe::load(file);
      under_way_.push_back(file);
      visit(needed);
      under_way_.pop_back();
      if (is_planned(name, file)) continue;  // on the way down, by another name's needs
      plan_.push_back({.name = name,
                       .folder = runs_root_ / name,
                       .recipe = with_settled_needs(needed, shipped_),
                       .state = state_of(runs_root_ / name, needed)});
      files_.push_back(file);
    }
  }
  void begin_with(const Recipe& recipe) {
    under_way_.push_back(fs::weakly_canonical(recipe.file_name()));
    visit(recipe);
  }
  std::vector<NeededRun> take() { return std::move(plan_); }

 private:
  void refuse_circle(const Recipe& recipe, const std::string& name, const fs::path& file) const {
    const auto first = std::find(under_way_.begin(), under_way_.end(), file);
    if (first == under_way_.end()) return;
    std::vector<std::string> circle;
    for (auto at = first; at != under_way_.end(); ++at) circle.push_back(at->string());
    circle.push_back(file.string());
    user_error("{}: needs.{}: recipes need each other in a circle: {}", recipe.file_name(), name, join(circle, " -> "));
  }

  bool is_planned(const std::string& name, const fs::path& file) const {
    for (size_t i = 0; i < plan_.size(); ++i) {
      if (plan_[i].name != name) continue;
      if (files_[i] == file) return true;
      user_error("needs.{}: stands for two recipes, {} and {}; give one of the runs another name", name,
                 files_[i].string(), file.string());
    }
    return false;
  }

  static NeedState state_of(const fs::path& folder, const Recipe& recipe) {
    if (!run::is_run_folder(folder)) return NeedState::missing;
    const auto record = run::read_run_record(folder);
    if (record.description.method != recipe.method()) {
      user_error("{}: holds a run of the method '{}', but {} has '{}'; rename the folder, or the run in `needs`",
                 folder.string(), record.description.method, recipe.file_name(), recipe.method());
    }
    return record.state == run::RunState::finished ? NeedState::finished : NeedState::unfinished;
  }

  fs::path runs_root_, shipped_;
  std::vector<NeededRun> plan_;
  std::vector<fs::path> files_;      ///< of the plan's recipes
  std::vector<fs::path> under_way_;  ///< recipes whose needs are being looked at, outermost first
};
}  // namespace

std::string NeededRun::description() const {
  const char* what[] = {"is finished", "is unfinished and is resumed first", "is missing and is run first"};
  return fmt::format("needs {}: {} {}, from {}", name, folder.string(), what[static_cast<int>(state)],
                     recipe.file_name());
}

std::vector<NeededRun> plan_needed_runs(const Recipe& recipe, const fs::path& runs_root,
                                        const fs::path& shipped_recipes) {
  NeedPlanner planner(runs_root, shipped_recipes);
  planner.begin_with(recipe);
  return planner.take();
}

Recipe with_settled_needs(const Recipe& recipe, const fs::path& shipped_recipes) {
  auto settled = recipe;
  for (const auto& [name, wanted] : recipe.needs()) {
    const auto file = find_needed_recipe(recipe, wanted, shipped_recipes);
    settled.override_with(fmt::format("needs.{}={}", name, yaml_text(file.string())));
  }
  return settled;
}

void refuse_own_folder(const std::vector<NeededRun>& needs, const fs::path& output) {
  for (const auto& need : needs) {
    if (output.empty() || fs::weakly_canonical(need.folder) != fs::weakly_canonical(output)) continue;
    user_error("{}: is the folder of the run '{}' that the recipe needs; name another one", output.string(), need.name);
  }
}

}  // namespace retort::cli
