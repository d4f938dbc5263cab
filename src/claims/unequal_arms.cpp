#include "claims/unequal_arms.h"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <utility>

#include "core/errors.h"
#include "core/text.h"

namespace retort::claims {

namespace {
// One text for values that are equal: 5.0e-4 and 0.0005.
std::string plain_value(const YAML::Node& value) {
  if (value.IsSequence()) {
    std::vector<std::string> items;
    for (const auto& item : value) items.push_back(plain_value(item));
    return fmt::format("[{}]", join(items, ", "));
  }
  if (!value.IsScalar()) return YAML::Dump(value);
  double number = 0;
  return parse_number(value.Scalar(), number) ? fmt::format("{}", number) : value.Scalar();
}

std::string value_at(const YAML::Node& recipe, const OptionDoc& option) {
  YAML::Node node = recipe;
  for (const auto& key : split(option.path, '.')) {
    const auto inner = node.IsMap() ? std::as_const(node)[key] : YAML::Node(YAML::NodeType::Undefined);
    if (!inner.IsDefined()) return plain_value(YAML::Load(option.default_value));
    node.reset(inner);  // not =, which would write into the recipe
  }
  return plain_value(node);
}

using Values = std::map<std::string, std::string>;

Values values_of_training(const PlannedArm& arm) {
  const auto recipe = YAML::Load(arm.recipe);
  Values values;
  for (const auto& option : arm.options) {
    const bool named_by_user = option.path.find('<') != std::string::npos;
    if (option.type.starts_with("section") || named_by_user) continue;
    if (option.path.starts_with("data.") || option.path.starts_with("train.")) {
      values[option.path] = value_at(recipe, option);
    }
  }
  return values;
}

bool names(const std::vector<std::string>& set, const std::string& path) {
  return std::any_of(set.begin(), set.end(), [&](const std::string& assignment) {
    const auto key = trim(split(assignment, '=').front());
    return path == key || path.starts_with(key + ".");
  });
}
}  // namespace

void refuse_unequal_arms(const PlannedArm& one, const PlannedArm& other, const std::string& where) {
  const auto values = values_of_training(one), other_values = values_of_training(other);
  std::vector<std::string> differences;
  for (const auto& [path, value] : values) {
    const auto found = other_values.find(path);
    if (found == other_values.end() || found->second == value) continue;
    if (names(one.set, path) || names(other.set, path)) continue;
    differences.push_back(fmt::format("{} ({} and {})", path, value, found->second));
  }
  if (differences.empty()) return;
  user_error(
      "{}: arms {} and {} are compared, but differ in {}; make them equal in `common`, or say in an arm's `set` that "
      "they are to differ",
      where, one.name, other.name, join(differences, ", "));
}

}  // namespace retort::claims
