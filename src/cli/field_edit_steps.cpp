#include "cli/field_edit_steps.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/errors.h"
#include "core/text.h"
#include "distil/field/editing/script/script_text.h"

namespace retort::cli {

namespace {
constexpr const char* selection_word = "selection";

std::string absolute(const std::string& file, const std::filesystem::path& folder) {
  return std::filesystem::absolute(folder / file).lexically_normal().string();
}

/// "dog=#ff8800" -> {"dog", "#ff8800"}; words may hold '=' themselves.
std::pair<std::string, std::string> word_and_value(const char* option, const std::string& text, const char* example) {
  const auto equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) user_error("{} {}: write {}", option, text, example);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::array<double, 3> colour_of(const std::string& text) {
  const bool is_hex = text.size() == 7 && text[0] == '#' &&
                      std::all_of(text.begin() + 1, text.end(), [](unsigned char c) { return std::isxdigit(c); });
  if (!is_hex) user_error("--recolour: '{}' is no colour; write it as #rrggbb: #ff8800 is orange", text);
  std::array<double, 3> colour = {};
  for (size_t channel = 0; channel < 3; ++channel) {
    colour[channel] = std::stoi(text.substr(1 + 2 * channel, 2), nullptr, 16) / 255.0;
  }
  return colour;
}

double factor_of(const std::string& text) {
  double factor = 0;
  if (!parse_number(text, factor)) user_error("--opacity: '{}' is not a number", text);
  return factor;
}

class StepMaker {
 public:
  explicit StepMaker(const QuickEdits& edits) : edits_(edits) {}

  void add(const std::string& word, const field::Edit& edit) {
    const bool deletes = std::holds_alternative<field::DeleteEdit>(edit);
    script_.steps.push_back({select(word, deletes)});
    if (deletes && edits_.fringe) script_.steps.push_back({field::FringeStep{}});
    script_.steps.push_back({edit});
  }
  field::EditScript& script() { return script_; }

 private:
  field::SelectStep select(const std::string& word, bool deletes) const {
    if (word == selection_word && !edits_.selection.empty()) {
      return {.what = field::FileSelection{absolute(edits_.selection, "")}};
    }
    field::QuerySelection query{.asked = std::filesystem::is_regular_file(word) ? absolute(word, "") : word,
                                .against = edits_.against};
    query.threshold = edits_.threshold;
    query.rule = rule(deletes);
    return {.what = query};
  }

  field::QueryRule rule(bool deletes) const {
    // As in Feature 3DGS, deletion takes what either rule selects.
    if (edits_.rule.empty()) {
      return deletes && edits_.threshold ? field::QueryRule::hybrid : field::QueryRule::automatic;
    }
    const auto names = choices(field::QueryRule{});
    return static_cast<field::QueryRule>(std::find(names.begin(), names.end(), edits_.rule) - names.begin());
  }

  const QuickEdits& edits_;
  field::EditScript script_;
};

/// A step of a script in `folder` with its files named by absolute paths.
field::EditStep with_absolute_files(field::EditStep step, const std::filesystem::path& folder) {
  auto* select = std::get_if<field::SelectStep>(&step);
  if (select == nullptr) return step;
  if (auto* file = std::get_if<field::FileSelection>(&select->what)) file->file = absolute(file->file, folder);
  if (auto* query = std::get_if<field::QuerySelection>(&select->what)) {
    if (std::filesystem::is_regular_file(folder / query->asked)) query->asked = absolute(query->asked, folder);
  }
  return step;
}

void check_rule(const QuickEdits& edits) {
  if (edits.rule == "hard" && edits.threshold) user_error("--threshold has no place beside --rule hard");
  if ((edits.rule == "soft" || edits.rule == "hybrid") && !edits.threshold) {
    user_error("--rule {}: give --threshold as well", edits.rule);
  }
}
}  // namespace

field::EditScript script_of(const QuickEdits& edits) {
  check_rule(edits);
  if (edits.fringe && edits.deleted.empty()) {
    user_error("--fringe has its place beside --delete WORD; in a script it is a step: - fringe: {{}}");
  }
  StepMaker maker(edits);
  if (!edits.script.empty()) {
    const auto folder = std::filesystem::path(edits.script).parent_path();
    for (const auto& [step, place] : field::load_edit_script(edits.script).steps) {
      maker.script().steps.push_back({with_absolute_files(step, folder), place});
    }
  }
  for (const auto& text : edits.recolour) {
    const auto [word, colour] = word_and_value("--recolour", text, "WORD=#rrggbb");
    field::RecolourEdit edit;
    edit.colour = colour_of(colour);
    maker.add(word, edit);
  }
  for (const auto& text : edits.opacity) {
    const auto [word, factor] = word_and_value("--opacity", text, "WORD=FACTOR");
    maker.add(word, field::OpacityEdit{factor_of(factor)});
  }
  for (const auto& word : edits.deleted) maker.add(word, field::DeleteEdit{});
  for (const auto& word : edits.extracted) maker.add(word, field::ExtractEdit{});
  if (maker.script().steps.empty()) {
    user_error(
        "what is to be done? give --script FILE, --delete WORD, --extract WORD, --recolour WORD=#rrggbb or --opacity "
        "WORD=FACTOR");
  }
  return std::move(maker.script());
}

std::vector<field::EditStep> steps_of(const field::EditScript& script) {
  std::vector<field::EditStep> steps;
  for (const auto& placed : script.steps) steps.push_back(placed.step);
  return steps;
}

std::string name_of(const QuickEdits& edits) {
  if (!edits.script.empty()) return std::filesystem::path(edits.script).stem().string();
  const auto word_of = [](const std::string& text) {
    return std::filesystem::path(text.substr(0, text.rfind('='))).stem().string();
  };
  if (!edits.recolour.empty()) return "recolour-" + word_of(edits.recolour.front());
  if (!edits.opacity.empty()) return "opacity-" + word_of(edits.opacity.front());
  if (!edits.deleted.empty()) return "delete-" + word_of(edits.deleted.front());
  return "extract-" + word_of(edits.extracted.at(0));
}

}  // namespace retort::cli
