// One program run to its end, apart from this process.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/stop.h"

namespace retort::claims {

struct ChildOutcome {
  int exit_code = 0;  ///< 128 + signal when a signal ended it
  double seconds = 0;
};

/// Runs words[0] (a path) with the other words; standard output and standard error go to `log_file`, standard input is
/// empty. The child is in a process group of its own, so that a terminal's Ctrl-C reaches it once: through `stop`,
/// whose signal is handed on so that it can save its state. It is asked to end (SIGTERM) should this process die.
/// `tick(seconds)` is called a few times a second. UserError when the program or the log can't be opened.
ChildOutcome run_child(const std::vector<std::string>& words, const std::filesystem::path& log_file,
                       const StopFlag& stop, const std::function<void(double)>& tick);

}  // namespace retort::claims
