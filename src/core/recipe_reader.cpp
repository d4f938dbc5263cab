// Between a recipe and option structs.
#include <algorithm>
#include <utility>

#include "core/option_yaml.h"
#include "core/recipe.h"
#include "core/recipe_nodes.h"
#include "core/text.h"

namespace retort {

namespace {
std::string joined_path(const std::string& section, const std::string& key) {
  return section.empty() ? key : section + "." + key;
}
}  // namespace

RecipeReader::RecipeReader(const Recipe& recipe) : RecipeReader(recipe, recipe_header_keys()) {}

RecipeReader::RecipeReader(const Recipe& recipe, std::vector<std::string> known) : recipe_(recipe) {
  levels_.push_back({recipe.root_, "", std::move(known)});
}

void RecipeReader::note(const std::string& path, const YAML::Node& node, const std::string& message) {
  faults_.push_back(fmt::format("{}: {}: {}", recipe_.place_of(path, node), path, message));
}

void RecipeReader::field(const char* name, const FieldRef& value, const char*, const FieldSpec& spec) {
  auto& level = levels_.back();
  level.known.emplace_back(name);
  const YAML::Node node = child_of(level.node, name);
  if (!node.IsDefined()) return;
  if (auto fault = set_from_yaml(value, node, spec); !fault.empty()) {
    note(joined_path(level.path, name), node, fault);
  }
}

bool RecipeReader::enter(const char* name, const char*) {
  auto& level = levels_.back();
  level.known.emplace_back(name);
  const auto path = joined_path(level.path, name);
  YAML::Node node(YAML::NodeType::Map);
  if (const YAML::Node given = child_of(level.node, name); given.IsDefined() && !given.IsNull()) {
    node.reset(given);
    if (!node.IsMap()) {
      note(path, node, "expected a section with keys of its own");
      return false;
    }
  }
  levels_.push_back({node, path, {}});
  return true;
}

std::vector<std::string> RecipeReader::given_keys() const {
  std::vector<std::string> keys;
  for (const auto& entry : levels_.back().node) keys.push_back(scalar_text(entry.first));
  return keys;
}

size_t RecipeReader::items_of(const char* name) {
  auto& level = levels_.back();
  level.known.emplace_back(name);
  const YAML::Node list = child_of(level.node, name);
  if (!list.IsDefined() || list.IsNull()) return 0;
  if (!list.IsSequence()) note(joined_path(level.path, name), list, "expected a list of sections");
  return list.IsSequence() ? list.size() : 0;
}

bool RecipeReader::enter_item(const char* name, size_t index) {
  const auto& level = levels_.back();
  const auto path = fmt::format("{}[{}]", joined_path(level.path, name), index);
  const YAML::Node list = child_of(level.node, name), item = list[index];
  if (!item.IsMap()) {
    note(path, item, "expected a section with keys of its own");
    return false;
  }
  levels_.push_back({item, path, {}});
  return true;
}

void RecipeReader::know(const std::string& key) { levels_.back().known.push_back(key); }

std::string RecipeReader::place() const { return recipe_.place_of(levels_.back().path, levels_.back().node); }

std::vector<std::string> RecipeReader::section_names(const std::vector<std::string>& known) {
  auto names = known;
  for (const auto& key : given_keys()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (is_section_name(key)) {
      names.push_back(key);
    } else {
      const auto& level = levels_.back();
      note(joined_path(level.path, key), level.node, "as a name, use at most 60 letters, digits, '-' and '_'");
      levels_.back().known.push_back(key);
    }
  }
  return names;
}

void RecipeReader::leave() {
  report_keys(levels_.back());
  levels_.pop_back();
}

void RecipeReader::checked(const Problems& problems) {
  const auto& level = levels_.back();
  for (const auto& problem : problems.entries()) {
    const YAML::Node given = child_of(level.node, problem.key);
    note(joined_path(level.path, problem.key), given.IsDefined() ? given : level.node, problem.message);
  }
}

void RecipeReader::report_keys(const Level& level) {
  std::vector<std::string> seen;
  for (const auto& entry : level.node) {
    const auto key = scalar_text(entry.first);
    if (std::find(level.known.begin(), level.known.end(), key) == level.known.end()) {
      note(joined_path(level.path, key), entry.first, fmt::format("unknown key{}", did_you_mean(key, level.known)));
    } else if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      note(joined_path(level.path, key), entry.first, "given twice; keep one of them");
    }
    seen.push_back(key);
  }
}

void RecipeReader::finish() {
  report_keys(levels_.front());
  if (!faults_.empty()) throw UserError(join(faults_, "\n"));
}

void RecipeWriter::field(const char* name, const FieldRef& value, const char*, const FieldSpec&) {
  levels_.back()[name] = to_yaml(value);
}

bool RecipeWriter::enter(const char* name, const char*) {
  YAML::Node nested(YAML::NodeType::Map);
  levels_.back()[name] = nested;
  levels_.push_back(nested);
  return true;
}

}  // namespace retort
