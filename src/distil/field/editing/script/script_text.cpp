#include "distil/field/editing/script/script_text.h"

#include <algorithm>

#include "core/recipe.h"
#include "core/text.h"
#include "distil/field/editing/script/step_keys.h"
#include "io/atomic_file.h"

namespace retort::field {

namespace {
constexpr const char* script_shape = "an edit script is a map with the list of what to do: steps: [{select: ...}, ...]";
constexpr const char* step_shape = "a step is a map with one key: {delete: {}}";

const std::vector<std::string>& step_names() {
  static const std::vector<std::string> names = {"select",     "grow",        "shrink",   "fringe",  "invert",
                                                 "select_all", "select_none", "delete",   "extract", "recolour",
                                                 "opacity",    "transform",   "duplicate"};
  return names;
}

/// Points and words of a step: what a few bytes of YAML, named again and again, could make many of.
size_t values_of(const SelectKeys& keys) {
  return keys.against.size() + keys.click.size() + keys.not_click.size() + keys.lasso.size() + keys.scribble.size();
}

class ScriptReader : public RecipeReader {
 public:
  explicit ScriptReader(const Recipe& recipe) : RecipeReader(recipe, {}) {}

  EditScript read_steps() {
    EditScript script;
    const size_t count = items_of("steps");
    if (count > max_script_steps) user_error("{}: {} steps; at most {} are taken", place(), count, max_script_steps);
    for (size_t index = 0; index < count; ++index) {
      if (!enter_item("steps", index)) continue;
      script.steps.push_back({read_step(), place()});
      if (values_ > max_script_values) {
        user_error("{}: more than {} points and words in a script", place(), max_script_values);
      }
      leave();
    }
    if (count == 0) {
      Problems problems;
      problems.require(false, "steps", "what is to be done? steps: [{select: {query: ball}}, {delete: {}}]");
      checked(problems);
    }
    return script;
  }

  /// Reads the section that this stands in as one step; any step where faults were noted.
  EditStep read_step() {
    for (const auto& name : step_names()) know(name);
    std::vector<std::string> given;
    for (const auto& key : given_keys()) {
      const bool is_known = std::find(step_names().begin(), step_names().end(), key) != step_names().end();
      if (is_known) given.push_back(key);
    }
    Problems problems;
    const bool is_one = given_keys().size() == 1;
    problems.require(is_one, given_keys().empty() ? step_names().front() : given_keys().front(), step_shape);
    checked(problems);
    return is_one && given.size() == 1 ? read_as(given.front()) : EditStep{InvertStep{}};
  }

 private:
  template <class Keys>
  Keys section(const std::string& name) {
    Keys keys;
    if (!enter(name.c_str(), "")) return keys;
    faultless_ = true;
    visit(keys);
    leave();
    return keys;
  }

  void checked(const Problems& problems) override {
    if (!problems.empty()) faultless_ = false;
    RecipeReader::checked(problems);
  }

  EditStep read_as(const std::string& name) {
    if (name == "select") {
      const auto keys = section<SelectKeys>(name);
      values_ += values_of(keys);
      return faultless_ ? step_of(keys) : SelectStep{};
    }
    if (name == "grow" || name == "shrink") {
      const auto keys = section<RingKeys>(name);
      if (name == "grow") return GrowStep{keys.rings, keys.reach};
      return ShrinkStep{keys.rings, keys.reach};
    }
    if (name == "recolour") {
      const auto keys = section<RecolourKeys>(name);
      return faultless_ ? Edit{edit_of(keys)} : Edit{RecolourEdit{}};
    }
    if (name == "opacity") return Edit{OpacityEdit{section<OpacityKeys>(name).factor}};
    if (name == "transform" || name == "duplicate") {
      const auto keys = section<TransformKeys>(name);
      const auto transform = faultless_ ? edit_of(keys) : TransformEdit{};
      return name == "transform" ? Edit{transform} : Edit{DuplicateEdit{transform}};
    }
    section<NoKeys>(name);
    if (name == "delete") return Edit{DeleteEdit{}};
    if (name == "extract") return Edit{ExtractEdit{}};
    if (name == "fringe") return FringeStep{};
    if (name == "select_all") return SelectAllStep{};
    if (name == "select_none") return SelectNoneStep{};
    return InvertStep{};
  }

  size_t values_ = 0;
  bool faultless_ = true;  ///< of the section read last, by its checks
};

/// Options as a map in flow style, without the keys that are at their defaults.
template <OptionStruct Keys>
YAML::Node without_defaults(Keys keys) {
  RecipeWriter writer, defaults;
  writer.visit(keys);
  Keys fresh;
  defaults.visit(fresh);
  const auto text_of = [](const YAML::Node& node) {
    YAML::Emitter emitter;
    emitter << node;
    return std::string(emitter.c_str());
  };
  YAML::Node kept(YAML::NodeType::Map);
  const YAML::Node all = writer.root(), usual = defaults.root();
  for (const auto& entry : all) {
    const auto key = entry.first.Scalar();
    if (text_of(entry.second) != text_of(usual[key])) kept[key] = entry.second;
  }
  kept.SetStyle(YAML::EmitterStyle::Flow);
  return kept;
}

struct StepSection {
  std::pair<std::string, YAML::Node> operator()(const SelectStep& step) const {
    return {"select", without_defaults(keys_of(step))};
  }
  std::pair<std::string, YAML::Node> operator()(const GrowStep& step) const {
    return {"grow", without_defaults(RingKeys{step.rings, step.reach})};
  }
  std::pair<std::string, YAML::Node> operator()(const ShrinkStep& step) const {
    return {"shrink", without_defaults(RingKeys{step.rings, step.reach})};
  }
  std::pair<std::string, YAML::Node> operator()(const FringeStep&) const { return {"fringe", empty()}; }
  std::pair<std::string, YAML::Node> operator()(const InvertStep&) const { return {"invert", empty()}; }
  std::pair<std::string, YAML::Node> operator()(const SelectAllStep&) const { return {"select_all", empty()}; }
  std::pair<std::string, YAML::Node> operator()(const SelectNoneStep&) const { return {"select_none", empty()}; }
  std::pair<std::string, YAML::Node> operator()(const Edit& edit) const {
    return {edit_name(edit), std::visit(*this, edit)};
  }

  YAML::Node operator()(const DeleteEdit&) const { return empty(); }
  YAML::Node operator()(const ExtractEdit&) const { return empty(); }
  YAML::Node operator()(const RecolourEdit& edit) const { return without_defaults(keys_of(edit)); }
  YAML::Node operator()(const OpacityEdit& edit) const { return without_defaults(OpacityKeys{edit.factor}); }
  YAML::Node operator()(const TransformEdit& edit) const { return without_defaults(keys_of(edit)); }
  YAML::Node operator()(const DuplicateEdit& edit) const { return without_defaults(keys_of(edit.transform)); }

  static YAML::Node empty() { return without_defaults(NoKeys{}); }
};
}  // namespace

EditScript parse_edit_script(const std::string& text, const std::string& name) {
  const auto recipe = Recipe::parse(text, name, script_shape);
  ScriptReader reader(recipe);
  auto script = reader.read_steps();
  reader.finish();
  return script;
}

EditScript load_edit_script(const std::filesystem::path& file) {
  return parse_edit_script(io::read_whole_file(file, Recipe::max_bytes), file.string());
}

EditStep parse_edit_step(const std::string& text, const std::string& name) {
  const auto recipe = Recipe::parse(text, name, step_shape);
  ScriptReader reader(recipe);
  auto step = reader.read_step();
  reader.finish();
  return step;
}

Edit parse_edit(const std::string& text, const std::string& name) {
  const auto step = parse_edit_step(text, name);
  const auto* edit = std::get_if<Edit>(&step);
  if (edit == nullptr) user_error("{}: '{}' is no edit; expected delete, recolour ...", name, describe(step));
  return *edit;
}

std::string edit_step_text(const EditStep& step) {
  const auto [name, section] = std::visit(StepSection{}, step);
  YAML::Emitter emitter;
  emitter << section;
  return fmt::format("{}: {}", name, emitter.c_str());
}

std::string edit_script_text(const std::vector<EditStep>& steps) {
  std::string text = "steps:\n";
  for (const auto& step : steps) text += fmt::format("  - {}\n", edit_step_text(step));
  return text;
}

}  // namespace retort::field
