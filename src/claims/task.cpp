#include "claims/task.h"

#include "core/errors.h"
#include "core/text.h"
#include "io/atomic_file.h"
#include "run/run_folder.h"

namespace retort::claims {

namespace {
namespace fs = std::filesystem;
constexpr uint64_t max_declaration_bytes = 4 << 20;
}  // namespace

const char* name_of(TaskState state) {
  constexpr const char* names[] = {"to do", "unfinished", "done"};
  return names[static_cast<int>(state)];
}

fs::path declaration_file(const Task& task) {
  return task.folder.parent_path() / (task.name + (task.command.empty() ? ".yaml" : ".command"));
}

std::string declaration_text(const Task& task) {
  return task.command.empty() ? task.recipe : join(task.command, "\n") + "\n";
}

TaskState state_of(const Task& task) {
  // What failed before there was a run folder left a declaration alone: nothing that could be wrong.
  if (task.command.empty() && !run::is_run_folder(task.folder)) return TaskState::to_do;
  const auto file = declaration_file(task);
  std::error_code error;
  const bool declared = fs::exists(file, error);
  if (declared && io::read_whole_file(file, max_declaration_bytes) != declaration_text(task)) {
    user_error(
        "{}: was made by another version of what is asked for now (see {}); remove it, or give another folder with "
        "--output",
        task.folder.string(), file.string());
  }
  // A command's declaration is written when it has ended well, a run's before it begins.
  if (!task.command.empty()) return declared ? TaskState::done : TaskState::to_do;
  if (!declared) {
    user_error("{}: holds a run that was not made here; give another folder with --output", task.folder.string());
  }
  return run::read_run_record(task.folder).state == run::RunState::finished ? TaskState::done : TaskState::unfinished;
}

}  // namespace retort::claims
