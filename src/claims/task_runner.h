// Does the tasks of a claim or sweep: each in a process of its own, skipping what is done, resuming what is not.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "claims/task.h"
#include "core/context.h"

namespace retort::claims {

/// Why a process for each run: its peak memory is its own, a crash costs one run, and every run starts alike.
struct TaskRunnerOptions {
  std::filesystem::path program;  ///< the retort binary
  int threads = 1;                ///< of each run
  std::string only;               ///< this arm alone (and the needs); empty: all
  /// Draws the state of the run at work, where there is a terminal; called a few times a second.
  std::function<void(std::string_view)> draw = {};
  /// Told of every task that is done, also of those found done; what it throws ends the work.
  std::function<void(const Task&)> on_done = {};
  bool pass_over_failures = false;  ///< go on with the other tasks when one fails
};

/// A task whose process failed.
struct TaskFailure {
  std::string task;
  int exit_code = 0;
  std::string message;  ///< its own last words, and where its log lies
};

struct TasksOutcome {
  int stop_signal = 0;                     ///< that stopped it; 0: everything asked for is done
  int tasks_done = 0;                      ///< now, or found done
  std::vector<TaskFailure> failures = {};  ///< passed over
};

/// Runs the tasks in their order. Each says in the log when it is done, with the time that the rest may take. A stop
/// request is handed on to the run at work, which saves its state; the next call goes on there.
/// Throws UserError (exit 2 of the run) or Fault with the run's own last message when one fails, unless failures are
/// passed over; what is done stays, and the next call tries the failed ones again.
TasksOutcome run_tasks(const std::vector<Task>& tasks, const TaskRunnerOptions& options, Context& context);

}  // namespace retort::claims
