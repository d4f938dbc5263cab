#include "core/recipe.h"

#include <fstream>
#include <sstream>

#include "core/named_sections.h"
#include "core/recipe_nodes.h"
#include "core/run_references.h"
#include "core/text.h"

namespace retort {

namespace {
// Sets root[a][b][c] = value, making maps on the way.
void set_path(YAML::Node node, const std::vector<std::string>& parts, const YAML::Node& value,
              const std::string& shown) {
  for (size_t part = 0; part + 1 < parts.size(); ++part) {
    if (!node[parts[part]] || node[parts[part]].IsNull()) node[parts[part]] = YAML::Node(YAML::NodeType::Map);
    if (!node[parts[part]].IsMap()) user_error("command line: {}: '{}' is not a section", shown, parts[part]);
    node.reset(node[parts[part]]);
  }
  node[parts.back()] = value;
}
}  // namespace

Recipe Recipe::load(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    user_error("{}: no such recipe file; `retort list` names the shipped ones", file.string());
  }
  const auto size = std::filesystem::file_size(file, error);
  if (size > max_bytes)
    user_error("{}: {} bytes is too large for a recipe (at most {})", file.string(), size, max_bytes);
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream) user_error("{}: can't be read; check its permissions and that it isn't empty", file.string());
  return parse(text.str(), file.string());
}

Recipe Recipe::parse(const std::string& text, const std::string& name, const char* expected) {
  Recipe recipe;
  recipe.name_ = name;
  recipe.text_ = text;
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(text);
  } catch (const YAML::Exception& error) {
    user_error("{}:{}: not valid YAML: {}", name, error.mark.line + 1, error.msg);
  }
  if (documents.size() != 1 || !documents.front().IsMap()) {
    user_error("{}: {}", name, expected);
  }
  recipe.root_ = documents.front();
  return recipe;
}

// YAML nodes are references, and cloning them loses the line numbers: a copy reads the text again.
Recipe::Recipe(const Recipe& other) : Recipe(parse(other.text_, other.name_)) {
  for (const auto& assignment : other.assignments_) override_with(assignment);
}

Recipe& Recipe::operator=(const Recipe& other) { return *this = Recipe(other); }

void Recipe::override_with(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    user_error("command line: '{}' is not key.path=value", assignment);
  }
  const auto path = trim(std::string_view(assignment).substr(0, equals));
  YAML::Node value;
  try {
    value = YAML::Load(assignment.substr(equals + 1));
  } catch (const YAML::Exception& error) {
    user_error("command line: {}: not valid YAML: {}", assignment, error.msg);
  }
  const auto referred_before = runs_referred_to(root_);
  set_path(root_, split(path, '.'), value, assignment);
  drop_needs(referred_before);
  origins_[path] = "command line";
  assignments_.push_back(assignment);
}

void Recipe::drop_needs(const std::set<std::string>& referred_before) {
  const auto still = runs_referred_to(root_);
  YAML::Node section = child_of(root_, "needs");
  if (!section.IsDefined() || !section.IsMap()) return;
  for (const auto& name : referred_before) {
    if (!still.contains(name)) section.remove(name);
  }
}

void Recipe::set(const std::string& path, const std::string& yaml_value) {
  YAML::Node node = root_;
  for (const auto& part : split(path, '.')) {
    node.reset(child_of(node, part));
    if (!node.IsDefined()) return override_with(path + "=" + yaml_value);
  }
}

std::string Recipe::header(const char* key) const {
  const auto node = root_[key];
  if (!node || !node.IsScalar()) {
    user_error("{}: key '{}' is missing; a recipe begins with `distil: <family>` and `method: <name>`", name_, key);
  }
  return node.Scalar();
}

std::vector<std::pair<std::string, std::string>> Recipe::needs() const {
  Named<std::string> needed;
  const YAML::Node section = child_of(root_, "needs");
  if (!section.IsDefined() || section.IsNull()) return needed;
  if (!section.IsMap()) {
    user_error("{}: needs: expected names of runs with their recipes: needs: {{teacher: teacher.yaml}}",
               place_of("needs", section));
  }
  for (const auto& entry : section) {
    const auto name = scalar_text(entry.first), recipe = scalar_text(entry.second);
    const auto place = place_of("needs." + name, entry.first);
    if (!is_section_name(name)) {
      user_error("{}: needs: '{}' is no name of a run below runs/; use letters, digits, '-' and '_' only", place, name);
    }
    if (!entry.second.IsScalar() || recipe.empty()) {
      user_error("{}: needs.{}: expected a recipe's file or a shipped recipe's name", place, name);
    }
    if (find_named(needed, name) != nullptr) user_error("{}: needs.{}: given twice; keep one of them", place, name);
    needed.emplace_back(name, recipe);
  }
  return needed;
}

std::string Recipe::place_of(const std::string& path, const YAML::Node& node) const {
  for (auto prefix = path; !prefix.empty();
       prefix.resize(prefix.rfind('.') == std::string::npos ? 0 : prefix.rfind('.'))) {
    if (const auto origin = origins_.find(prefix); origin != origins_.end()) return origin->second;
  }
  if (node.Mark().line < 0) {
    // A section that only an override made.
    const auto below = origins_.lower_bound(path + ".");
    if (below != origins_.end() && below->first.starts_with(path + ".")) return below->second;
    return name_;
  }
  return fmt::format("{}:{}", name_, node.Mark().line + 1);
}

std::string Recipe::resolved_text(const YAML::Node& body) const {
  YAML::Node whole(YAML::NodeType::Map);
  for (const auto& key : recipe_header_keys()) {
    if (root_[key]) whole[key] = root_[key];
  }
  for (const auto& entry : body) whole[entry.first] = entry.second;
  YAML::Emitter emitter;
  emitter << whole;
  return std::string(emitter.c_str()) + "\n";
}

std::string Recipe::to_yaml() const {
  YAML::Emitter emitter;
  emitter << root_;
  return std::string(emitter.c_str()) + "\n";
}

}  // namespace retort
