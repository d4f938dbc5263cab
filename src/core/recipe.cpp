#include "core/recipe.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "core/named_sections.h"
#include "core/text.h"

namespace retort {

namespace {
const std::vector<std::string> header_keys = {"distil", "method", "needs"};

// The value as messages quote it.
std::string scalar_text(const YAML::Node& node) {
  if (node.IsNull()) return "";
  return node.IsScalar() ? node.Scalar() : std::string(node.IsMap() ? "{...}" : "[...]");
}

std::string joined_path(const std::string& section, const std::string& key) {
  return section.empty() ? key : section + "." + key;
}

// Each returns "" or what is wrong with the value.
struct SetValue {
  const YAML::Node& node;
  const FieldSpec& spec;

  std::string operator()(bool* value) const {
    const auto text = scalar_text(node);
    if (text != "true" && text != "false") return fmt::format("'{}' is neither true nor false", text);
    *value = text == "true";
    return "";
  }
  std::string operator()(int* value) const {
    int64_t wide = 0;
    if (auto fault = (*this)(&wide); !fault.empty()) return fault;
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) return "number too large";
    *value = static_cast<int>(wide);
    return "";
  }
  std::string operator()(int64_t* value) const {
    if (!node.IsScalar() || !parse_integer(node.Scalar(), *value)) {
      return fmt::format("'{}' is not a whole number", scalar_text(node));
    }
    return range(static_cast<double>(*value));
  }
  std::string operator()(double* value) const {
    if (!node.IsScalar() || !parse_number(node.Scalar(), *value)) {
      return fmt::format("'{}' is not a number", scalar_text(node));
    }
    return range(*value);
  }
  std::string operator()(std::string* value) const {
    if (node.IsNull()) {
      value->clear();
      return "";
    }
    if (!node.IsScalar()) return "expected text";
    *value = node.Scalar();
    return "";
  }
  template <class T>
  std::string operator()(std::vector<T>* values) const {
    if (!node.IsSequence()) return "expected a list: [a, b, c]";
    values->clear();
    for (const auto& item : node) {
      T value{};
      if (auto fault = SetValue{item, spec}(&value); !fault.empty()) {
        return fmt::format("item {}: {}", values->size() + 1, fault);
      }
      values->push_back(value);
    }
    return "";
  }
  std::string operator()(std::optional<double>* value) const {
    if (node.IsNull()) {
      value->reset();
      return "";
    }
    return (*this)(&value->emplace());
  }
  std::string operator()(std::array<double, 2>* pair) const {
    if (!node.IsSequence() || node.size() != 2) return "expected two numbers: [x, y]";
    for (size_t place = 0; place < 2; ++place) {
      if (auto fault = SetValue{node[place], spec}(&(*pair)[place]); !fault.empty()) return fault;
    }
    return "";
  }
  std::string operator()(const EnumField& field) const {
    const auto text = scalar_text(node);
    const auto found = std::find(field.choices.begin(), field.choices.end(), text);
    if (found == field.choices.end()) {
      return fmt::format("'{}' is not one of {}{}", text, join(field.choices, ", "), did_you_mean(text, field.choices));
    }
    field.set(static_cast<int>(found - field.choices.begin()));
    return "";
  }
  std::string range(double value) const {
    if (value >= spec.min && value <= spec.max) return "";
    if (!std::isfinite(spec.max)) return fmt::format("{} must be at least {}", value, spec.min);
    if (!std::isfinite(spec.min)) return fmt::format("{} must be at most {}", value, spec.max);
    return fmt::format("{} is outside [{}, {}]", value, spec.min, spec.max);
  }
};

struct ToYaml {
  template <class T>
  YAML::Node operator()(T* value) const {
    return YAML::Node(*value);
  }
  YAML::Node operator()(double* value) const { return YAML::Node(fmt::format("{}", *value)); }
  YAML::Node operator()(std::vector<double>* values) const {
    YAML::Node list(YAML::NodeType::Sequence);
    for (double value : *values) list.push_back(fmt::format("{}", value));
    return list;
  }
  YAML::Node operator()(std::optional<double>* value) const {
    return *value ? YAML::Node(fmt::format("{}", **value)) : YAML::Node(YAML::NodeType::Null);
  }
  YAML::Node operator()(NumberPairs* pairs) const {
    YAML::Node list(YAML::NodeType::Sequence);
    for (const auto& [first, second] : *pairs) {
      YAML::Node pair(YAML::NodeType::Sequence);
      pair.push_back(fmt::format("{}", first));
      pair.push_back(fmt::format("{}", second));
      list.push_back(pair);
    }
    return list;
  }
  YAML::Node operator()(const EnumField& field) const { return YAML::Node(field.choices.at(field.get())); }
};

// The value under a key, undefined when there is none. Asking a node that may change would add the key to it.
YAML::Node child_of(const YAML::Node& node, const std::string& key) {
  if (!node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node child = node[key];
  return child ? child : YAML::Node(YAML::NodeType::Undefined);
}

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
  set_path(root_, split(path, '.'), value, assignment);
  origins_[path] = "command line";
  assignments_.push_back(assignment);
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
  for (const auto& key : header_keys) {
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

RecipeReader::RecipeReader(const Recipe& recipe) : RecipeReader(recipe, header_keys) {}

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
  if (auto fault = std::visit(SetValue{node, spec}, value); !fault.empty()) {
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
  levels_.back()[name] = std::visit(ToYaml{}, value);
}

bool RecipeWriter::enter(const char* name, const char*) {
  YAML::Node nested(YAML::NodeType::Map);
  levels_.back()[name] = nested;
  levels_.push_back(nested);
  return true;
}

}  // namespace retort
