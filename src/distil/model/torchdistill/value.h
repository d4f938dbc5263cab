// A torchdistill file as a tree of plain values: aliases copied, string helpers evaluated, objects left as they are
// written. Nothing is imported or called.
#pragma once

#include <string>
#include <vector>

namespace retort::torchdistill {

struct Entry;

struct Value {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string tag = {};   ///< "!import_call", "!getattr" ...; empty: a plain value
  std::string text = {};  ///< of a scalar
  int line = 0;           ///< in the file, counted from 1
  std::vector<Value> items = {};
  std::vector<Entry> entries = {};  ///< without those whose key begins with '_', which are the file's scratch space

  bool is_null() const { return kind == Kind::null; }
};

struct Entry {
  std::string key;
  int line = 0;
  Value value = {};
};

/// What a file may take: far more than any torchdistill file has, little enough for aliases of aliases of aliases.
struct ValueLimits {
  size_t bytes = 1 << 20;    ///< of the file
  size_t values = 50'000;    ///< after aliases are copied
  int depth = 64;            ///< of maps and lists in each other
  size_t text = 16 * 1'024;  ///< bytes of one !join
};

/// Parses `yaml`; `name` stands for the file in messages, `home` for "~" in paths. !join, !pathjoin, !expanduser and
/// !abspath become scalars, as torchdistill makes them (common/yaml_util.py), except that !abspath leaves relative
/// paths to the reader of the recipe. UserError with name:line for malformed YAML, unknown tags, keys given twice, and
/// what goes beyond the limits.
Value parse_value(const std::string& yaml, const std::string& name, const std::string& home,
                  const ValueLimits& limits = {});

}  // namespace retort::torchdistill
