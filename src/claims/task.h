// What a claim asks to be done: one task for each need and for each arm with each seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "claims/claim.h"
#include "core/registries.h"

namespace retort::claims {

struct Task {
  std::string name;    ///< "full-seed0", also the folder's name
  std::string source;  ///< the arm or need it belongs to
  bool is_arm = false;
  int64_t seed = 0;
  std::filesystem::path folder = {};
  std::vector<std::string> command = {};  ///< words after `retort`; empty for a run
  std::string recipe = {};                ///< YAML of a run; empty for a command
};

/// Finds a recipe by name or file; throws UserError for unknown ones.
using RecipeFinder = std::function<std::filesystem::path(const std::string&)>;

/// All tasks in the order in which they are done: seed by seed, needs first; the arms in turn forwards and backwards,
/// so that a machine that grows slower or faster treats all arms alike. Values of `set` and words of commands may say
/// $seed, $folder (the task's own) and $<need> (that need's folder). `folder` is where everything is to lie.
/// UserError for a $name that means nothing, a recipe that can't be found, one of another method than it should be
/// known, or an option that its method does not have; the message names the claim.
std::vector<Task> plan_tasks(const Claim& claim, const std::filesystem::path& folder, const RecipeFinder& find_recipe,
                             const Registries& registries);

enum class TaskState { to_do, unfinished, done };
/// "to do", "unfinished", "done".
const char* name_of(TaskState state);

/// How far a task is, from its folder. UserError when the folder was made by another recipe or command.
TaskState state_of(const Task& task);

/// The file that says what made the task's folder: the recipe, or the command's words.
std::filesystem::path declaration_file(const Task& task);
/// What that file holds.
std::string declaration_text(const Task& task);

}  // namespace retort::claims
