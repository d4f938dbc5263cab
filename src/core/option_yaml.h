// The value of one option as YAML, and back.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "core/options.h"

namespace retort {

/// Takes the option's value from `node`. Returns "" or what is wrong with it; the option may then have changed.
std::string set_from_yaml(const FieldRef& option, const YAML::Node& node, const FieldSpec& spec);

/// What set_from_yaml() takes.
YAML::Node to_yaml(const FieldRef& option);

}  // namespace retort
