#include "core/recipe_nodes.h"

namespace retort {

const std::vector<std::string>& recipe_header_keys() {
  static const std::vector<std::string> keys = {"distil", "method", "needs"};
  return keys;
}

std::string scalar_text(const YAML::Node& node) {
  if (node.IsNull()) return "";
  return node.IsScalar() ? node.Scalar() : std::string(node.IsMap() ? "{...}" : "[...]");
}

YAML::Node child_of(const YAML::Node& node, const std::string& key) {
  if (!node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node child = node[key];
  return child ? child : YAML::Node(YAML::NodeType::Undefined);
}

}  // namespace retort
