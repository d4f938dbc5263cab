#include "core/option_yaml.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/recipe_nodes.h"
#include "core/text.h"

namespace retort {

namespace {
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
}  // namespace

std::string set_from_yaml(const FieldRef& option, const YAML::Node& node, const FieldSpec& spec) {
  return std::visit(SetValue{node, spec}, option);
}

YAML::Node to_yaml(const FieldRef& option) { return std::visit(ToYaml{}, option); }

}  // namespace retort
