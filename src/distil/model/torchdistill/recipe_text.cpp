#include "distil/model/torchdistill/recipe_text.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.h"

namespace retort::torchdistill {

namespace {
/// A text as a YAML scalar in any place: plain where that is safe.
std::string quoted(const std::string& text) {
  double number = 0;
  const bool is_plain = !text.empty() && !parse_number(text, number) && text != "true" && text != "false" &&
                        text != "null" && std::all_of(text.begin(), text.end(), [](char c) {
                          return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 c == '_' || c == '/' || c == '.';
                        });
  if (is_plain) return text;
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') result += '\\';
    result += byte < ' ' || byte == 127 ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return result + "\"";
}

std::string list_of(const std::vector<std::string>& texts) {
  std::vector<std::string> words;
  for (const auto& text : texts) words.push_back(quoted(text));
  return "[" + join(words, ", ") + "]";
}

/// The settings of an option whose value is free text.
bool is_text_setting(const std::string& key) { return key == "tap"; }

std::string section_of(const Settings& settings) {
  std::vector<std::string> entries;
  for (const auto& [key, value] : settings) {
    entries.push_back(key + ": " + (is_text_setting(key) ? quoted(value) : value));
  }
  return "{" + join(entries, ", ") + "}";
}

std::string term_of(const TermWords& term) {
  Settings settings = {{"weight", number_text(term.weight)}};
  settings.insert(settings.end(), term.settings.begin(), term.settings.end());
  if (!term.student_taps.empty()) {
    settings.emplace_back(
        "taps", fmt::format("{{student: {}, teacher: {}}}", list_of(term.student_taps), list_of(term.teacher_taps)));
  }
  return fmt::format("{}: {}", term.name, section_of(settings));
}

/// Terms that some method gives a weight by itself are named even where they have none.
std::string loss_of(const LossWords& loss, const std::string& indent) {
  std::string text = indent + "loss:\n";
  for (const char* always : {"ce", "kd"}) {
    if (!find_term(loss, always)) text += fmt::format("{}  {}: {{weight: 0}}\n", indent, always);
  }
  for (const auto& term : loss) text += fmt::format("{}  {}\n", indent, term_of(term));
  return text;
}

std::string steps_of(const StageWords& stage, const std::string& indent) {
  return fmt::format("{0}epochs: {1}\n{0}optimiser: {2}\n{0}schedule: {3}\n", indent, stage.epochs,
                     section_of(stage.optimiser.settings), section_of(stage.schedule));
}

std::string frozen_of(const StageWords& stage, const std::string& indent) {
  if (stage.student.frozen.empty()) return "";
  return fmt::format("{}frozen: {}\n", indent, list_of(stage.student.frozen));
}

/// A stage takes what it isn't told from `train`, so it must be told that it has no rates of modules.
StageWords without_inherited_parts(StageWords stage) {
  auto& settings = stage.optimiser.settings;
  const bool has_parts =
      std::any_of(settings.begin(), settings.end(), [](const auto& setting) { return setting.first == "parts"; });
  if (!has_parts) settings.emplace_back("parts", "[]");
  return stage;
}

std::string stages_before(const FileWords& words) {
  if (words.stages.size() < 2) return "";
  std::string text = "before:   # in this order; modules of the loss live on from stage to stage\n";
  for (size_t i = 0; i + 1 < words.stages.size(); ++i) {
    const auto stage = without_inherited_parts(words.stages[i]);
    text += fmt::format("  {}:\n", stage.name);
    text += fmt::format("    train_student: {}\n", stage.student.trains ? "true" : "false");
    text += frozen_of(stage, "    ") + steps_of(stage, "    ") + loss_of(stage.loss, "    ");
  }
  return text;
}

std::string data_of(const FileWords& words) {
  std::string text = fmt::format("data:\n  train: {}\n", quoted(words.train_set.name));
  if (!words.test_set.name.empty()) text += fmt::format("  test: {}\n", quoted(words.test_set.name));
  text += fmt::format("  path: {}\n  batch_size: {}\n", quoted(words.train_set.folder), words.train_loader.batch_size);
  if (!words.test_set.name.empty()) text += fmt::format("  test_batch_size: {}\n", words.test_loader.batch_size);
  text += fmt::format("  transforms: {}\n", list_of(words.train_set.transforms));
  if (!words.test_set.name.empty()) text += fmt::format("  test_transforms: {}\n", list_of(words.test_set.transforms));
  text += fmt::format("  drop_last: {}\n  workers: {}\n", words.train_loader.drop_last ? "true" : "false",
                      words.train_loader.workers);
  return text;
}

/// The method named after the first term that is a method; which one it is changes nothing, for all weights are said.
std::string method_of(const LossWords& loss) {
  for (const auto& term : loss) {
    for (const char* method :
         {"at", "sp", "nst", "pkt", "fitnets", "vid", "cc", "crd", "mgd", "reviewkd", "srd", "rkd", "dist"}) {
      if (term.name == method) return method;
    }
  }
  return find_term(loss, "kd") ? "kd" : "ce";
}

std::string leading_comment(const FileWords& words, const Notes& notes) {
  std::string text = fmt::format("# Converted by `retort convert recipe` from {}.\n", one_line(notes.file()));
  if (!words.teacher.name.empty()) {
    text +=
        "# torchdistill 1.0 and later leaves the teacher in training mode; the published numbers of earlier versions, "
        "and this\n# recipe, have it predict (teacher.mode).\n";
  }
  const auto left_out = notes.left_out();
  if (left_out.empty()) return text;
  text += "#\n# Not carried over:\n";
  for (const auto& note : left_out) {
    text += fmt::format("#   line {}: {}: {}\n", note.line, one_line(note.path), one_line(note.text));
  }
  return text;
}
}  // namespace

std::string recipe_text(const FileWords& words, const Notes& notes) {
  const auto& last = words.stages.back();
  std::string text = leading_comment(words, notes);
  text += fmt::format("distil: model\nmethod: {}\n", method_of(last.loss)) + data_of(words);
  if (!words.teacher.name.empty()) {
    text += fmt::format("teacher:\n  network: {}\n  weights: {}\n  mode: eval\n", quoted(words.teacher.name),
                        quoted(words.teacher.weights));
  }
  text += fmt::format("student:\n  network: {}\n  weights: {}\n", quoted(words.student.name),
                      quoted(words.student.weights));
  text += frozen_of(last, "  ");
  text += stages_before(words) + loss_of(last.loss, "");
  text += "train:\n" + steps_of(last, "  ");
  if (last.optimiser.accumulate != 1) text += fmt::format("  accumulate: {}\n", last.optimiser.accumulate);
  text += fmt::format("  evaluate_every: 1\n  log_every: {}\n  seed: 0\n", words.log_every);
  return text;
}

}  // namespace retort::torchdistill
