// From words to the verb that acts on them.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"

namespace retort::cli {

/// What the words before an action asked for.
struct CommandLine {
  int threads = 0;  ///< --threads; 0: not given
  bool quiet = false;
  std::string print;  ///< help or version: print this and end
  Action action;      ///< otherwise: do this
};

/// Parses `words` (without the program's name); UserError for an unknown verb or option, or a missing argument, with
/// the nearest name and where to read on.
CommandLine parse_command_line(const std::vector<Verb>& verbs, const std::vector<std::string>& words);

/// Parses, sets up threads, log and signals, acts; returns the exit code. Throws nothing.
int dispatch(const std::vector<std::string>& words, const Registries& registries);

}  // namespace retort::cli
