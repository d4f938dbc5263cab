#include "data/transforms/arguments.h"

#include <algorithm>
#include <utility>

#include "core/text.h"

namespace retort::data {
namespace {

// Sets a field from a word; what is wrong with the word, or "".
struct SetFromWord {
  const std::string& word;
  const FieldSpec& spec;

  std::string operator()(bool* value) const {
    if (word != "true" && word != "false") return "true or false is expected";
    *value = word == "true";
    return "";
  }
  std::string operator()(int* value) const {
    int64_t wide = 0;
    auto fault = (*this)(&wide);
    if (!fault.empty()) return fault;
    if (wide != int64_t(int(wide))) return fmt::format("{} is too large", wide);
    *value = int(wide);
    return "";
  }
  std::string operator()(int64_t* value) const {
    int64_t number = 0;
    if (!parse_integer(word, number)) return fmt::format("'{}' is no whole number", word);
    if (auto fault = range_fault(double(number)); !fault.empty()) return fault;
    *value = number;
    return "";
  }
  std::string operator()(double* value) const {
    double number = 0;
    if (!parse_number(word, number)) return fmt::format("'{}' is no number", word);
    if (auto fault = range_fault(number); !fault.empty()) return fault;
    *value = number;
    return "";
  }
  std::string operator()(std::string* value) const {
    *value = word;
    return "";
  }
  template <class Element>
  std::string operator()(std::vector<Element>* values) const {
    std::vector<Element> read;
    for (const auto& part : split(word, ' ')) {
      if (part.empty()) continue;
      Element element{};
      if (auto fault = SetFromWord{part, spec}(&element); !fault.empty()) return fault;
      read.push_back(std::move(element));
    }
    *values = std::move(read);
    return "";
  }
  std::string operator()(std::optional<double>* value) const { return (*this)(&value->emplace()); }
  std::string operator()(NumberPairs* pairs) const {
    std::vector<double> numbers;
    if (auto fault = (*this)(&numbers); !fault.empty()) return fault;
    if (numbers.size() % 2 != 0) return "an even count of numbers is expected";
    pairs->clear();
    for (size_t place = 0; place < numbers.size(); place += 2) pairs->push_back({numbers[place], numbers[place + 1]});
    return "";
  }
  std::string operator()(const EnumField& field) const {
    const auto place = std::find(field.choices.begin(), field.choices.end(), word);
    if (place == field.choices.end()) {
      return fmt::format("'{}' is none of {}{}", word, join(field.choices, ", "), did_you_mean(word, field.choices));
    }
    field.set(int(place - field.choices.begin()));
    return "";
  }

 private:
  std::string range_fault(double number) const {
    if (number >= spec.min && number <= spec.max) return "";
    return fmt::format("{} is outside [{}, {}]", number, spec.min, spec.max);
  }
};

}  // namespace

TransformCall parse_transform_call(const std::string& text) {
  const std::string whole = trim(text);
  const auto open = whole.find('(');
  TransformCall call{.name = trim(whole.substr(0, open))};
  const auto malformed = [&] { user_error("transform '{}': written as name or name(key=value, key=value)", text); };
  if (call.name.empty() || (open == std::string::npos && whole.find(')') != std::string::npos)) malformed();
  if (open == std::string::npos) return call;
  if (!whole.ends_with(')') || whole.find(')') != whole.size() - 1) malformed();
  const std::string inside = trim(whole.substr(open + 1, whole.size() - open - 2));
  if (inside.empty()) return call;
  for (const auto& part : split(inside, ',')) {
    const auto equals = part.find('=');
    const bool keyed = equals != std::string::npos;
    const std::string key = keyed ? trim(part.substr(0, equals)) : "";
    const std::string value = trim(keyed ? part.substr(equals + 1) : part);
    if ((keyed && key.empty()) || value.empty()) malformed();
    if (!call.arguments.emplace(key, value).second) user_error("transform '{}': '{}' is given twice", text, key);
  }
  return call;
}

ArgumentReader::ArgumentReader(std::string transform, Arguments arguments)
    : transform_(std::move(transform)), arguments_(std::move(arguments)) {}

void ArgumentReader::field(const char* name, const FieldRef& value, const char*, const FieldSpec& spec) {
  auto given = arguments_.find(name);
  if (known_.empty() && given == arguments_.end()) given = arguments_.find("");
  known_.emplace_back(name);
  if (given == arguments_.end()) return;
  const std::string fault = std::visit(SetFromWord{given->second, spec}, value);
  problems_.require(fault.empty(), name, fault);
  arguments_.erase(given);
}

void ArgumentReader::checked(const Problems& problems) {
  for (const auto& problem : problems.entries()) problems_.require(false, problem.key, problem.message);
}

void ArgumentReader::finish() {
  for (const auto& [key, value] : arguments_) {
    problems_.require(false, key.empty() ? value : key,
                      known_.empty()
                          ? "takes no options"
                          : fmt::format("no such option{}; it has {}", did_you_mean(key, known_), join(known_, ", ")));
  }
  problems_.raise(fmt::format("transform {}", transform_));
}

}  // namespace retort::data
