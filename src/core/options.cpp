#include "core/options.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace retort {

namespace {
struct TypeName {
  std::string operator()(bool*) const { return "boolean"; }
  std::string operator()(int*) const { return "integer"; }
  std::string operator()(int64_t*) const { return "integer"; }
  std::string operator()(double*) const { return "number"; }
  std::string operator()(std::string*) const { return "text"; }
  std::string operator()(std::vector<double>*) const { return "list of numbers"; }
  std::string operator()(std::vector<int64_t>*) const { return "list of integers"; }
  std::string operator()(std::vector<std::string>*) const { return "list of texts"; }
  std::string operator()(const EnumField&) const { return "choice"; }
  std::string operator()(std::optional<double>*) const { return "number"; }
  std::string operator()(NumberPairs*) const { return "list of pairs of numbers"; }
};

struct DefaultText {
  std::string operator()(bool* value) const { return *value ? "true" : "false"; }
  std::string operator()(int* value) const { return fmt::format("{}", *value); }
  std::string operator()(int64_t* value) const { return fmt::format("{}", *value); }
  std::string operator()(double* value) const { return fmt::format("{}", *value); }
  std::string operator()(std::string* value) const { return value->empty() ? "\"\"" : *value; }
  std::string operator()(std::vector<double>* values) const { return list(*values); }
  std::string operator()(std::vector<int64_t>* values) const { return list(*values); }
  std::string operator()(std::vector<std::string>* values) const { return list(*values); }
  std::string operator()(const EnumField& field) const { return field.choices.at(field.get()); }
  std::string operator()(std::optional<double>* value) const { return *value ? fmt::format("{}", **value) : "~"; }
  std::string operator()(NumberPairs* pairs) const {
    std::vector<std::string> texts;
    for (const auto& [first, second] : *pairs) texts.push_back(fmt::format("[{}, {}]", first, second));
    return fmt::format("[{}]", join(texts, ", "));
  }

  template <class T>
  static std::string list(const std::vector<T>& values) {
    std::vector<std::string> texts;
    for (const auto& value : values) texts.push_back(fmt::format("{}", value));
    return fmt::format("[{}]", join(texts, ", "));
  }
};

std::string range_text(const OptionDoc& doc) {
  if (!doc.choices.empty()) return join(doc.choices, " | ");
  if (std::isfinite(doc.min) && std::isfinite(doc.max)) return fmt::format("{} to {}", doc.min, doc.max);
  if (std::isfinite(doc.min)) return fmt::format(">= {}", doc.min);
  if (std::isfinite(doc.max)) return fmt::format("<= {}", doc.max);
  return "";
}

std::string explanation(const OptionDoc& doc) {
  std::string text = doc.help;
  if (!doc.unit.empty()) text += fmt::format(" [{}]", doc.unit);
  if (const auto range = range_text(doc); !range.empty()) text += fmt::format(" ({})", range);
  return text;
}
}  // namespace

std::string DocVisitor::path(const char* name) const {
  auto parts = prefix_;
  parts.emplace_back(name);
  return join(parts, ".");
}

void DocVisitor::field(const char* name, const FieldRef& value, const char* help, const FieldSpec& spec) {
  OptionDoc doc{.path = path(name),
                .type = std::visit(TypeName{}, value),
                .default_value = std::visit(DefaultText{}, value),
                .help = help,
                .unit = spec.unit,
                .min = spec.min,
                .max = spec.max,
                .choices = {}};
  if (const auto* choice = std::get_if<EnumField>(&value)) doc.choices = choice->choices;
  docs_.push_back(std::move(doc));
}

bool DocVisitor::enter(const char* name, const char* help) {
  docs_.push_back(
      {.path = path(name), .type = "section", .default_value = "", .help = help, .unit = "", .choices = {}});
  prefix_.emplace_back(name);
  return true;
}

std::vector<std::string> DocVisitor::section_names(const std::vector<std::string>& known) {
  docs_.back().type = "sections";
  auto names = known;
  names.emplace_back(any_name);
  return names;
}

bool is_section_name(const std::string& name) {
  const auto fits = [](unsigned char letter) { return std::isalnum(letter) || letter == '-' || letter == '_'; };
  return !name.empty() && name.size() <= 60 && std::all_of(name.begin(), name.end(), fits);
}

std::string options_as_text(const std::vector<OptionDoc>& docs) {
  std::string text;
  for (const auto& doc : docs) {
    if (doc.type.starts_with("section")) {
      text += fmt::format("\n{}: {}\n", doc.path, doc.help);
    } else {
      text += fmt::format("  {:<36} {:<14} {}\n", doc.path, doc.default_value, explanation(doc));
    }
  }
  return text;
}

std::string options_as_markdown(const std::vector<OptionDoc>& docs) {
  std::string text = "| option | default | meaning |\n|---|---|---|\n";
  for (const auto& doc : docs) {
    if (doc.type.starts_with("section")) continue;
    std::string meaning;
    for (const char letter : explanation(doc)) meaning += letter == '|' ? std::string("\\|") : std::string(1, letter);
    text += fmt::format("| `{}` | `{}` | {} |\n", doc.path, doc.default_value, meaning);
  }
  return text;
}

std::string options_as_json_schema(const std::vector<OptionDoc>& docs, const std::string& title) {
  using Json = nlohmann::ordered_json;
  const auto object = [] {
    return Json{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  };
  // What the schema says of a key below `parent`.
  const auto below = [](Json& parent, const std::string& key) -> Json& {
    return key == any_name ? parent["additionalProperties"] : parent["properties"][key];
  };
  Json schema = object();
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = title;
  schema["properties"]["distil"] = {{"type", "string"}, {"description", "family: field, model, dataset or generator"}};
  schema["properties"]["method"] = {{"type", "string"}, {"description", "what `retort list` names"}};
  schema["properties"]["needs"] = {{"type", "object"}, {"description", "recipes to run first, by name"}};
  for (const auto& doc : docs) {
    Json* parent = &schema;
    auto parts = split(doc.path, '.');
    const auto name = parts.back();
    parts.pop_back();
    for (const auto& part : parts) parent = &below(*parent, part);
    Json entry = object();
    if (doc.type == "sections") entry["additionalProperties"] = true;
    if (!doc.type.starts_with("section")) {
      entry = Json::object();
      if (doc.type == "choice")
        entry["enum"] = doc.choices;
      else if (doc.type == "text")
        entry["type"] = "string";
      else if (!doc.type.starts_with("list"))
        entry["type"] = doc.type;
      if (std::isfinite(doc.min)) entry["minimum"] = doc.min;
      if (std::isfinite(doc.max)) entry["maximum"] = doc.max;
      if (doc.type.starts_with("list")) {
        entry["type"] = doc.type.ends_with("texts") ? "string" : doc.type.ends_with("integers") ? "integer" : "number";
        if (doc.type == "list of pairs of numbers") {
          entry = Json{{"type", "array"}, {"items", std::move(entry)}, {"minItems", 2}, {"maxItems", 2}};
        }
        entry = Json{{"type", "array"}, {"items", std::move(entry)}};
      }
    }
    entry["description"] = doc.help;
    below(*parent, name) = std::move(entry);
  }
  return schema.dump(2) + "\n";
}

}  // namespace retort
