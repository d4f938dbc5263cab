// The texts of `retort --help` and `retort VERB --help`.
#pragma once

#include <string>
#include <vector>

#include "cli/verb.h"

namespace retort::cli {

/// What every verb understands, as aligned lines.
std::string common_options_help();

/// All verbs under their headings with one line each, and examples.
std::string overview_help(const std::vector<Verb>& verbs);

/// A group's verbs. `path` is how it is called: "field".
std::string group_help(const std::string& path, const Verb& group);

/// Usage, options and examples of one acting verb. `path` is how it is called: "field train".
std::string verb_help(const std::string& path, const Verb& verb, const CLI::App& parser);

}  // namespace retort::cli
