// Nodes of a recipe's YAML. Internal to recipes.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

namespace retort {

/// Keys that say what a recipe is; all others are options of its method.
const std::vector<std::string>& recipe_header_keys();

/// The value as messages quote it.
std::string scalar_text(const YAML::Node& node);

/// The value under a key, undefined when there is none. Asking a node that may change would add the key to it.
YAML::Node child_of(const YAML::Node& node, const std::string& key);

}  // namespace retort
