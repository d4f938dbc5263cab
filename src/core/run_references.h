// Which runs the values of a recipe refer to ("run:NAME#PRODUCT").
#pragma once

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>

namespace retort {

/// The NAMEs of all scalars below `node` that are references; empty for an undefined node. UserError for a document
/// that aliases blow up.
std::set<std::string> runs_referred_to(const YAML::Node& node);

}  // namespace retort
