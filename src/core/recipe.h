// The one YAML file that declares a run.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/options.h"

namespace retort {

class Recipe {
 public:
  Recipe(Recipe&&) = default;
  Recipe& operator=(Recipe&&) = default;
  /// A copy shares nothing: overriding one leaves the other as it was.
  Recipe(const Recipe& other);
  Recipe& operator=(const Recipe& other);

  /// Largest recipe file taken, in bytes.
  static constexpr size_t max_bytes = 1 << 20;

  /// Reads a file; UserError with file:line when it is absent, too large or not a YAML map.
  static Recipe load(const std::filesystem::path& file);
  /// `name` stands for the file in messages, `expected` says what it must be: a map.
  static Recipe parse(const std::string& text, const std::string& name,
                      const char* expected = "a recipe is one map of keys (distil: ..., method: ..., ...)");

  /// "key.path=value" from the command line; value is YAML. Later ones win.
  void override_with(const std::string& assignment);
  /// Sets a key unless the recipe has it already (sugar of the command line).
  void set(const std::string& path, const std::string& yaml_value);

  /// distil: the family; method: the slug. UserError when missing.
  std::string family() const { return header("distil"); }
  std::string method() const { return header("method"); }
  const std::string& file_name() const { return name_; }
  /// needs: names of runs that come first, each with its recipe, in the file's order. UserError with the place unless
  /// it is a map of safe names (core/named_sections.h), each once, to files or shipped recipes.
  std::vector<std::pair<std::string, std::string>> needs() const;

  /// `options`, changed as the recipe says (all but its header keys), and checked; reports all faults in one UserError,
  /// each with file:line, the key and, for a mistyped one, the nearest name.
  template <OptionStruct T>
  T read(T options = {}) const;

  /// The whole recipe with every option of `options` spelled out: what the run folder keeps.
  template <OptionStruct T>
  std::string resolved(T options) const;

  /// The recipe as it stands, overrides included, as YAML without its comments.
  std::string to_yaml() const;

 private:
  friend class RecipeReader;
  Recipe() = default;
  std::string header(const char* key) const;
  std::string resolved_text(const YAML::Node& body) const;
  std::string place_of(const std::string& path, const YAML::Node& node) const;

  YAML::Node root_;
  std::string name_, text_;
  std::vector<std::string> assignments_;        ///< overrides, in order
  std::map<std::string, std::string> origins_;  ///< key path -> "command line" for overridden keys
};

/// Fills option structs from YAML; collects faults.
class RecipeReader : public OptionVisitor {
 public:
  explicit RecipeReader(const Recipe& recipe);
  /// Throws when anything was wrong.
  void finish();

 protected:
  /// For files that are no recipes: `known` are the keys of the first level that nobody asks for.
  RecipeReader(const Recipe& recipe, std::vector<std::string> known);
  void field(const char* name, const FieldRef& value, const char* help, const FieldSpec& spec) override;
  bool enter(const char* name, const char* help) override;
  void leave() override;
  void checked(const Problems& problems) override;
  std::vector<std::string> section_names(const std::vector<std::string>& known) override;
  /// The keys given in the section that is being read, in the file's order; for sections whose keys are names.
  std::vector<std::string> given_keys() const;
  /// How many sections the list `name` has; 0 when it is absent.
  size_t items_of(const char* name);
  /// Goes into one of them, out of which leave() leads; false, with a fault noted, when it is no section.
  bool enter_item(const char* name, size_t index);
  /// Takes a key of this section for known, read or not.
  void know(const std::string& key);
  /// file:line of the section that is being read.
  std::string place() const;

 private:
  struct Level {
    YAML::Node node;
    std::string path;
    std::vector<std::string> known;
  };
  void note(const std::string& path, const YAML::Node& node, const std::string& message);
  void report_keys(const Level& level);

  const Recipe& recipe_;
  std::vector<Level> levels_;
  std::vector<std::string> faults_;
};

/// Writes option structs as a YAML map.
class RecipeWriter : public OptionVisitor {
 public:
  YAML::Node root() const { return levels_.front(); }
  RecipeWriter() : levels_{YAML::Node(YAML::NodeType::Map)} {}

 protected:
  void field(const char* name, const FieldRef& value, const char* help, const FieldSpec& spec) override;
  bool enter(const char* name, const char* help) override;
  void leave() override { levels_.pop_back(); }

 private:
  std::vector<YAML::Node> levels_;
};

template <OptionStruct T>
T Recipe::read(T options) const {
  RecipeReader reader(*this);
  reader.visit(options);
  reader.finish();
  return options;
}

template <OptionStruct T>
std::string Recipe::resolved(T options) const {
  RecipeWriter writer;
  writer.visit(options);
  return resolved_text(writer.root());
}

}  // namespace retort
