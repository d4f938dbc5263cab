#include "distil/model/torchdistill/value.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"

namespace retort::torchdistill {

namespace {
const std::vector<std::string> string_helpers = {"!join", "!pathjoin", "!expanduser", "!abspath"};
const std::vector<std::string> object_helpers = {"!import_call",           "!import_get", "!import_call_method",
                                                 "!call_method",           "!getattr",    "!setattr",
                                                 "!access_by_index_or_key"};

bool is_one_of(const std::string& word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Copies a YAML tree, whose aliases may make it a bomb or a ring, within the limits.
class TreeCopier {
 public:
  TreeCopier(const std::string& name, const std::string& home, const ValueLimits& limits)
      : name_(name), home_(home), limits_(limits) {}

  Value copy(const YAML::Node& node, int line, int depth) {
    if (++values_ > limits_.values) {
      user_error("{}:{}: more than {} values once aliases are written out", name_, line, limits_.values);
    }
    if (depth > limits_.depth) user_error("{}:{}: more than {} levels deep", name_, line, limits_.depth);
    Value value;
    // An alias has the place of its anchor; the key before it knows better.
    value.line = line;
    value.tag = tag_of(node, line);
    if (node.IsScalar()) {
      value.kind = Value::Kind::scalar;
      value.text = node.Scalar();
    } else if (node.IsSequence()) {
      value.kind = Value::Kind::list;
      for (const auto& item : node) value.items.push_back(copy(item, line_of(item, line), depth + 1));
    } else if (node.IsMap()) {
      value.kind = Value::Kind::map;
      copy_entries(node, depth, value);
    }
    if (is_one_of(value.tag, string_helpers)) return evaluated(value);
    return value;
  }

 private:
  static int line_of(const YAML::Node& node, int otherwise) {
    return node.Mark().line >= 0 ? node.Mark().line + 1 : otherwise;
  }

  std::string tag_of(const YAML::Node& node, int line) const {
    const auto& tag = node.Tag();
    // "?" and "!" are yaml-cpp's words for plain and quoted scalars; "tag:yaml.org,2002:..." are YAML's own types.
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")) return "";
    auto known = string_helpers;
    known.insert(known.end(), object_helpers.begin(), object_helpers.end());
    if (!is_one_of(tag, known)) user_error("{}:{}: unknown tag '{}'{}", name_, line, tag, did_you_mean(tag, known));
    return tag;
  }

  void copy_entries(const YAML::Node& node, int depth, Value& value) {
    std::vector<Entry> merged;
    for (const auto& pair : node) {
      const int line = line_of(pair.first, value.line);
      if (!pair.first.IsScalar()) user_error("{}:{}: a key must be a word", name_, line);
      Entry entry{pair.first.Scalar(), line};
      // Scratch values are copied as well, so that they are held to the limits and their tags are known.
      entry.value = copy(pair.second, line, depth + 1);
      if (entry.key == "<<") {
        merge(std::move(entry.value), merged);
      } else if (has_key(value.entries, entry.key)) {
        user_error("{}:{}: '{}' is given twice; keep one of them", name_, line, entry.key);
      } else if (!entry.key.starts_with('_')) {
        value.entries.push_back(std::move(entry));
      }
    }
    for (auto& entry : merged) {
      if (!has_key(value.entries, entry.key)) value.entries.push_back(std::move(entry));
    }
  }

  /// "<<: *map" or "<<: [*map, *map]": keys that the map itself doesn't give; earlier maps win.
  void merge(Value value, std::vector<Entry>& merged) const {
    if (value.kind == Value::Kind::list) {
      for (auto& item : value.items) merge(std::move(item), merged);
      return;
    }
    if (value.kind != Value::Kind::map) user_error("{}:{}: '<<' takes a map or a list of maps", name_, value.line);
    for (auto& entry : value.entries) {
      if (!has_key(merged, entry.key)) merged.push_back(std::move(entry));
    }
  }

  static bool has_key(const std::vector<Entry>& entries, const std::string& key) {
    return std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
  }

  Value evaluated(const Value& value) const {
    const bool joins = value.tag == "!join" || value.tag == "!pathjoin";
    if (value.kind != (joins ? Value::Kind::list : Value::Kind::scalar)) {
      user_error("{}:{}: {} takes a {}", name_, value.line, value.tag, joins ? "list of texts" : "text");
    }
    Value result{.kind = Value::Kind::scalar, .text = value.text, .line = value.line};
    for (const auto& item : value.items) {
      if (item.kind != Value::Kind::scalar || !item.tag.empty()) {
        user_error("{}:{}: {} joins texts and numbers only", name_, item.line, value.tag);
      }
      if (value.tag == "!pathjoin") {
        if (item.text.starts_with('/')) result.text.clear();
        if (!result.text.empty() && !result.text.ends_with('/')) result.text += '/';
      }
      result.text += item.text;
      if (result.text.size() > limits_.text) {
        user_error("{}:{}: {} gives more than {} bytes", name_, value.line, value.tag, limits_.text);
      }
    }
    if (value.tag != "!join" && (result.text == "~" || result.text.starts_with("~/"))) {
      result.text.replace(0, 1, home_);
    }
    return result;
  }

  const std::string& name_;
  const std::string& home_;
  const ValueLimits& limits_;
  size_t values_ = 0;
};
}  // namespace

Value parse_value(const std::string& yaml, const std::string& name, const std::string& home,
                  const ValueLimits& limits) {
  if (yaml.size() > limits.bytes) {
    user_error("{}: {} bytes is too large for a torchdistill file (at most {})", name, yaml.size(), limits.bytes);
  }
  try {
    const auto documents = YAML::LoadAll(yaml);
    if (documents.size() != 1 || !documents.front().IsMap()) {
      user_error("{}: a torchdistill file is one map of keys (datasets: ..., models: ..., train: ..., test: ...)",
                 name);
    }
    return TreeCopier(name, home, limits).copy(documents.front(), 1, 0);
  } catch (const YAML::Exception& error) {
    user_error("{}:{}: not valid YAML: {}", name, error.mark.line + 1, error.msg);
  }
}

}  // namespace retort::torchdistill
