// Each option is declared once: a member with its default, and one line in fields(). From that come parsing, errors,
// `explain`, the JSON schema, the docs page and the saved recipe.
//
//   struct KdOptions {
//     double temperature = 4.0;
//     void check(Problems& problems) const;   // optional: what a range can't say
//   };
//   inline void fields(OptionVisitor& v, KdOptions& o) {
//     v("temperature", o.temperature, "softens both distributions", {.min = 0});
//   }
//
// An option struct nests another by naming it as a field; v.sections() declares sections under names that the user
// gives. An enumeration needs `std::vector<std::string> choices(E)` (found by its argument) that names the enumerators
// 0, 1, 2 ... in order.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/errors.h"

namespace retort {

/// Unit and range of a number; both are optional.
struct FieldSpec {
  const char* unit = "";
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// An enumeration seen as the index of one of its names.
struct EnumField {
  std::vector<std::string> choices;
  std::function<int()> get;
  std::function<void(int)> set;
};

/// Points of a picture and the like.
using NumberPairs = std::vector<std::array<double, 2>>;

using FieldRef = std::variant<bool*, int*, int64_t*, double*, std::string*, std::vector<double>*, std::vector<int64_t>*,
                              std::vector<std::string>*, EnumField, std::optional<double>*, NumberPairs*>;

/// Sections under names that the user gives ("stages: {warm_up: {...}, main: {...}}"), in the file's order.
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

/// At most 60 letters, digits, '-' and '_': safe as the name of a file or a $variable.
bool is_section_name(const std::string& name);

class OptionVisitor;

template <class T>
concept OptionStruct = requires(OptionVisitor& visitor, T& options) {
  fields(visitor, options);
};

class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;

  template <class T>
  void operator()(const char* name, T& value, const char* help, const FieldSpec& spec = {}) {
    if constexpr (OptionStruct<T>) {
      if (!enter(name, help)) return;
      visit(value);
      leave();
    } else if constexpr (std::is_enum_v<T>) {
      field(name,
            EnumField{choices(T{}), [&] { return static_cast<int>(value); }, [&](int i) { value = static_cast<T>(i); }},
            help, spec);
    } else {
      field(name, &value, help, spec);
    }
  }

  /// A section of sections. Those that are given by name only begin as `fresh`.
  template <OptionStruct T>
  void sections(const char* name, Named<T>& entries, const char* help, const T& fresh = {}) {
    if (!enter(name, help)) return;
    std::vector<std::string> known;
    for (const auto& entry : entries) known.push_back(entry.first);
    for (size_t i = 0; const auto& key : section_names(known)) {
      if (i == entries.size()) entries.emplace_back(key, fresh);
      auto& entry = entries[i++].second;
      if (!enter(key.c_str(), "")) continue;
      visit(entry);
      leave();
    }
    leave();
  }

  /// Visits all fields of a struct, then its check() if it has one.
  template <OptionStruct T>
  void visit(T& options) {
    fields(*this, options);
    if constexpr (requires(Problems & problems) { options.check(problems); }) {
      Problems problems;
      options.check(problems);
      checked(problems);
    }
  }

 protected:
  virtual void field(const char* name, const FieldRef& value, const char* help, const FieldSpec& spec) = 0;
  /// False: skip the nested struct.
  virtual bool enter(const char* name, const char* help) = 0;
  virtual void leave() = 0;
  virtual void checked(const Problems&) {}
  /// All names in a section of sections: the known ones, then what the user adds.
  virtual std::vector<std::string> section_names(const std::vector<std::string>& known) { return known; }
};

/// Stands in the path of an option for a name of the user's own.
inline constexpr const char* any_name = "<name>";

/// What `explain`, the schema and the docs say of one option.
struct OptionDoc {
  std::string path;           ///< "train.steps"; "<name>" is a part that the user names; a section when type is so
  std::string type;           ///< section, sections, boolean, integer, number, text, list of ..., choice
  std::string default_value;  ///< as YAML
  std::string help, unit;
  double min = -std::numeric_limits<double>::infinity(), max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;
};

/// Collects the docs of all fields of a struct, in order.
class DocVisitor : public OptionVisitor {
 public:
  std::vector<OptionDoc> take() { return std::move(docs_); }

 protected:
  void field(const char* name, const FieldRef& value, const char* help, const FieldSpec& spec) override;
  bool enter(const char* name, const char* help) override;
  void leave() override { prefix_.pop_back(); }
  /// The known ones, then one that stands for any other.
  std::vector<std::string> section_names(const std::vector<std::string>& known) override;

 private:
  std::string path(const char* name) const;
  std::vector<std::string> prefix_;
  std::vector<OptionDoc> docs_;
};

/// The same with other defaults than the struct's own.
template <OptionStruct T>
std::vector<OptionDoc> describe_options_of(T options) {
  DocVisitor visitor;
  visitor.visit(options);
  return visitor.take();
}

template <OptionStruct T>
std::vector<OptionDoc> describe_options() {
  return describe_options_of(T{});
}

/// Options as aligned text (for `retort explain`), as a Markdown table (docs) and as a JSON schema.
std::string options_as_text(const std::vector<OptionDoc>& docs);
std::string options_as_markdown(const std::vector<OptionDoc>& docs);
std::string options_as_json_schema(const std::vector<OptionDoc>& docs, const std::string& title);

}  // namespace retort
