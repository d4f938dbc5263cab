// torchdistill's files as recipes (docs/torchdistill.md).
#pragma once

#include <string>

namespace retort::torchdistill {

/// The recipe that does what the torchdistill file `yaml` (classification, v1.x) says; `name` stands for the file in
/// messages and comments, `home` for "~" in its paths. Nothing in it is imported or run. What has no counterpart and
/// doesn't change the result is listed in the recipe's comments; everything else that can't be carried over, unknown
/// keys included, is reported in one UserError, each with name:line.
std::string convert_recipe(const std::string& yaml, const std::string& name, const std::string& home);

}  // namespace retort::torchdistill
