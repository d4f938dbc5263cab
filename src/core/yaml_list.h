// Lists of names in YAML files of other programs.
#pragma once

#include <string>
#include <vector>

namespace retort {

/// The texts under a top-level key: a list, or a map from 0, 1, 2 ... to texts. UserError led by `name` for malformed
/// YAML, and when the key is absent, empty, or leaves out a number.
std::vector<std::string> read_yaml_list(const std::string& yaml, const std::string& name, const std::string& key);

}  // namespace retort
