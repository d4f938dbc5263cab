// The one place where environment variables are read (docs/environment.md lists them).
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace retort::env {

/// Value of RETORT_<name>, or "" when unset. `name` must be one of known().
std::string get(const char* name);

/// Names (without prefix) and meanings of all variables that the program reads.
const std::vector<std::pair<std::string, std::string>>& known();

/// Variables that are set, as "RETORT_X=value" (for the run record).
std::vector<std::string> set();

}  // namespace retort::env
