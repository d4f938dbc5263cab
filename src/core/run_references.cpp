#include "core/run_references.h"

#include "core/errors.h"

namespace retort {

namespace {
// Far above any recipe: aliases of aliases make a small file stand for billions of values.
constexpr int most_values = 100'000;

void collect_references(const YAML::Node& node, int& values, std::set<std::string>& names) {
  if (++values > most_values)
    user_error("a recipe with more than {} values: does it repeat itself by aliases?", most_values);
  if (node.IsScalar()) {
    const auto& text = node.Scalar();
    if (text.starts_with("run:")) names.insert(text.substr(4, text.find('#') - 4));
    return;
  }
  for (const auto& entry : node) collect_references(node.IsMap() ? entry.second : YAML::Node(entry), values, names);
}
}  // namespace

std::set<std::string> runs_referred_to(const YAML::Node& node) {
  std::set<std::string> names;
  int values = 0;
  if (node.IsDefined()) collect_references(node, values, names);
  return names;
}

}  // namespace retort
