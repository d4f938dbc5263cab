// Something to be done in a process of its own: a run of a recipe, or a command; and how far it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort::claims {

struct Task {
  std::string name;     ///< "full-seed0", also the folder's name
  std::string source;   ///< the arm, need or point it belongs to
  bool is_arm = false;  ///< false: something that arms need
  int64_t seed = 0;
  std::filesystem::path folder = {};
  std::vector<std::string> command = {};  ///< words after `retort`; empty for a run
  std::string recipe = {};                ///< YAML of a run; empty for a command
};

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
