#include "core/yaml_list.h"

#include <yaml-cpp/yaml.h>

#include "core/errors.h"

namespace retort {

std::vector<std::string> read_yaml_list(const std::string& yaml, const std::string& name, const std::string& key) {
  constexpr size_t max_entries = 10'000;  // a map is searched from its beginning for each
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsMap() || !root[key]) user_error("{}: has no key '{}'", name, key);
    const YAML::Node list = root[key];
    if (list.size() == 0 || list.size() > max_entries) {
      user_error("{}: '{}' is no list of 1 to {} names", name, key, max_entries);
    }
    std::vector<std::string> texts(list.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      // Of a map too: the keys are the numbers.
      const YAML::Node entry = list[i];
      if (!entry || !entry.IsScalar()) user_error("{}: '{}' has no name {}", name, key, i);
      texts[i] = entry.Scalar();
    }
    return texts;
  } catch (const YAML::Exception& error) {
    user_error("{}:{}: not valid YAML: {}", name, error.mark.line + 1, error.msg);
  }
}

}  // namespace retort
