#include "cli/help.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "retort_build.h"

namespace retort::cli {

namespace {
constexpr int help_name_width = 16;

struct HelpLine {
  std::string name, summary;
};

/// A group shows its verbs in its place: "field train", "field render" ...
void append_help_lines(const std::string& prefix, const Verb& verb, std::vector<HelpLine>& lines) {
  if (verb.verbs.empty()) {
    lines.push_back({prefix + verb.name, verb.summary});
    return;
  }
  for (const auto& below : verb.verbs) append_help_lines(prefix + verb.name + " ", below, lines);
}

std::string aligned_lines(const std::vector<HelpLine>& lines) {
  std::string text;
  for (const auto& line : lines) text += fmt::format("  {:<{}} {}\n", line.name, help_name_width, line.summary);
  return text;
}

std::string examples_help(const std::vector<Example>& examples) {
  if (examples.empty()) return "";
  std::string text = "\nExamples:\n";
  for (const auto& example : examples) text += fmt::format("  retort {}\n      {}\n", example.command, example.effect);
  return text;
}

std::string positional_usage(const CLI::App& parser) {
  std::string usage;
  for (const auto* option : parser.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    const bool many = option->get_expected_max() > 1;
    const auto name = option->get_name(true) + (many ? " ..." : "");
    usage += option->get_required() ? " " + name : " [" + name + "]";
  }
  return usage;
}

/// "--output DIR" or "--dry-run".
std::string option_usage(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  const bool takes_value = option.get_type_size() > 0;
  return "--" + option.get_lnames().front() + (takes_value ? " " + option.get_type_name() : "");
}

std::string options_help(const CLI::App& parser) {
  std::string text;
  for (const auto* option : parser.get_options()) {
    if (option->get_description().empty() || option->get_group() == "common") continue;
    const auto usage = option_usage(*option);
    const auto pad = std::max<int>(1, 24 - static_cast<int>(usage.size()));
    text += fmt::format("  {}{:{}}{}\n", usage, "", pad, option->get_description());
  }
  return text.empty() ? "" : "\nOptions:\n" + text;
}
}  // namespace

std::string common_options_help() {
  return "\nEverywhere:\n"
         "  --threads N             threads to use (default: all cores this process may use, or RETORT_THREADS)\n"
         "  --quiet                 warnings only on standard error\n"
         "  --help                  this text\n";
}

std::string overview_help(const std::vector<Verb>& verbs) {
  std::string text = fmt::format("retort {}: distils what foundation models know into fields\n\n", build::version);
  text += "Usage: retort VERB [arguments] [options]\n";
  std::vector<std::string> headings;
  for (const auto& verb : verbs) {
    if (std::find(headings.begin(), headings.end(), verb.heading) == headings.end()) headings.push_back(verb.heading);
  }
  for (const auto& heading : headings) {
    std::vector<HelpLine> lines;
    for (const auto& verb : verbs) {
      if (verb.heading == heading) append_help_lines("", verb, lines);
    }
    text += fmt::format("\n{}:\n{}", heading, aligned_lines(lines));
  }
  text += common_options_help();
  text += "  --version               version of retort and of LibTorch\n";
  text += examples_help({{"field demo", "the main job on the embedded scene, in minutes"},
                         {"run field/feature-3dgs scene.path=photos/fox", "a shipped recipe on your own photos"},
                         {"explain feature-3dgs.train", "every option of a part of a method"}});
  return text + "\n`retort VERB --help` says more about a verb, with examples.\n";
}

std::string group_help(const std::string& path, const Verb& group) {
  std::vector<HelpLine> lines;
  for (const auto& below : group.verbs) append_help_lines("", below, lines);
  return fmt::format("retort {}: {}\n\nUsage: retort {} VERB [arguments] [options]\n\nVerbs:\n{}{}{}", path,
                     group.summary, path, aligned_lines(lines), common_options_help(), examples_help(group.examples));
}

std::string verb_help(const std::string& path, const Verb& verb, const CLI::App& parser) {
  return fmt::format("retort {}: {}\n\nUsage: retort {}{} [options]\n{}{}{}", path, verb.summary, path,
                     positional_usage(parser), options_help(parser), common_options_help(),
                     examples_help(verb.examples));
}

}  // namespace retort::cli
