// What is thrown becomes a message and an exit code, in one place.
#pragma once

#include <functional>

#include "core/stop.h"

namespace retort::cli {

constexpr int exit_done = 0;
constexpr int exit_fault = 1;  ///< a fault at run time, or a check that found a failure
constexpr int exit_user = 2;   ///< what the user gave is wrong

/// Exit code of work that ended early because of a signal: 130 after SIGINT, 143 after SIGTERM.
int stopped_exit(const StopFlag& stop);

/// Runs `work` and returns its exit code; for an exception prints "retort: message" on standard error and returns
/// 2 for a UserError, 1 for anything else.
int run_guarded(const std::function<int()>& work);

}  // namespace retort::cli
