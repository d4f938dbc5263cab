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
// An option struct nests another by naming it as a field. An enumeration needs `std::vector<std::string> choices(E)`
// (found by its argument) that names the enumerators 0, 1, 2 ... in order.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
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

using FieldRef = std::variant<bool*, int*, int64_t*, double*, std::string*, std::vector<double>*, std::vector<int64_t>*,
                              std::vector<std::string>*, EnumField>;

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
};

/// What `explain`, the schema and the docs say of one option.
struct OptionDoc {
  std::string path;           ///< "train.steps"; a section when type is "section"
  std::string type;           ///< section, boolean, integer, number, text, list of ..., choice
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
