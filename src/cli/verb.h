// What the command line offers: one table of verbs, from which parsing, help and dispatch are made.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/context.h"
#include "core/registries.h"

namespace CLI {
class App;
}

namespace retort::cli {

/// What an action works with. Results go to standard output, words for people to context.log (standard error).
struct Invocation {
  const Registries& registries;
  Context& context;
  bool quiet;           ///< --quiet: neither progress nor notes, warnings only
  std::string command;  ///< the command line as typed, for the run's record
};

/// What a verb does once its options are parsed; returns the exit code and throws for failures.
using Action = std::function<int(Invocation&)>;

struct Example {
  std::string command;  ///< without the leading "retort "
  std::string effect;   ///< one line
};

/// One verb. Either it acts (add_options) or it groups the verbs below it.
struct Verb {
  std::string name;
  std::string heading;  ///< under which `retort --help` lists it; empty below a group
  std::string summary;  ///< one line, lower case, without a full stop
  std::vector<Example> examples;
  /// Declares the verb's options on the parser, and returns the action that reads what was parsed. Called once; the
  /// action keeps the option values alive (a shared struct captured by value).
  std::function<Action(CLI::App&)> add_options;
  std::vector<Verb> verbs;
};

}  // namespace retort::cli
