#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/dispatch.h"
#include "cli/help.h"
#include "cli/version.h"
#include "core/text.h"

namespace retort::cli {

namespace {
/// A verb with its parser and its place in the tree.
struct ParsedVerb {
  std::string path;  ///< "field train"; empty at the root
  const Verb* verb = nullptr;
  CLI::App* parser = nullptr;
  Action action;
  std::vector<std::unique_ptr<ParsedVerb>> below;
};

class CommandParser {
 public:
  explicit CommandParser(const std::vector<Verb>& verbs) : verbs_(verbs) {
    root_.parser = &app_;
    prepare_parser(app_);
    app_.add_flag("--version", version_, "version of retort and of LibTorch")->group("common");
    for (const auto& verb : verbs) add(root_, verb);
  }

  CommandLine parse(const std::vector<std::string>& words) {
    bool help = false;
    std::string complaint;
    try {
      app_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
      help = true;
    } catch (const CLI::ParseError& error) {
      complaint = error.what();
    }
    const ParsedVerb& chosen = deepest(root_);
    refuse_leftovers(chosen);
    if (version_)
      line_.print = version_text();
    else if (help)
      line_.print = help_of(chosen);
    else if (!complaint.empty())
      user_error("{}: {}; see `{} --help`", called(chosen), complaint, called(chosen));
    else if (!chosen.action && chosen.verb == nullptr)
      line_.print = help_of(chosen);
    else if (!chosen.action)
      user_error("{}: which verb? one of {}", called(chosen), join(names_below(chosen), ", "));
    line_.action = chosen.action;
    return line_;
  }

 private:
  /// What each parser of the tree has in common.
  void prepare_parser(CLI::App& parser) {
    parser.set_help_flag("--help,-h", "this text")->group("common");
    parser.add_option("--threads", line_.threads, "threads to use")->group("common");
    parser.add_flag("--quiet", line_.quiet, "warnings only")->group("common");
    parser.allow_extras();  // refused below, with the nearest name
    parser.require_subcommand(0, 1);
  }

  void add(ParsedVerb& above, const Verb& verb) {
    auto entry = std::make_unique<ParsedVerb>();
    entry->path = above.path.empty() ? verb.name : above.path + " " + verb.name;
    entry->verb = &verb;
    entry->parser = above.parser->add_subcommand(verb.name, verb.summary);
    prepare_parser(*entry->parser);
    if (verb.add_options) entry->action = verb.add_options(*entry->parser);
    for (const auto& below : verb.verbs) add(*entry, below);
    above.below.push_back(std::move(entry));
  }

  static const ParsedVerb& deepest(const ParsedVerb& entry) {
    for (const auto& below : entry.below) {
      if (below->parser->parsed()) return deepest(*below);
    }
    return entry;
  }

  static std::vector<std::string> names_below(const ParsedVerb& entry) {
    std::vector<std::string> names;
    for (const auto& below : entry.below) names.push_back(below->verb->name);
    return names;
  }

  static std::string called(const ParsedVerb& entry) { return entry.path.empty() ? "retort" : "retort " + entry.path; }

  std::string help_of(const ParsedVerb& entry) const {
    if (entry.verb == nullptr) return overview_help(verbs_);
    return entry.action ? verb_help(entry.path, *entry.verb, *entry.parser) : group_help(entry.path, *entry.verb);
  }

  void refuse_leftovers(const ParsedVerb& chosen) const {
    for (const auto& word : app_.remaining(true)) {
      if (word.rfind("-", 0) == 0) {
        std::vector<std::string> known;
        for (const auto* option : chosen.parser->get_options()) {
          for (const auto& name : option->get_lnames()) known.push_back("--" + name);
        }
        user_error("unknown option '{}'{}; see `{} --help`", word, did_you_mean(word, known), called(chosen));
      }
      if (chosen.action)
        user_error("{}: one argument too many: '{}'; see `{} --help`", called(chosen), word, called(chosen));
      user_error("unknown verb '{}'{}; `{} --help` lists them", word, did_you_mean(word, names_below(chosen)),
                 called(chosen));
    }
  }

  const std::vector<Verb>& verbs_;
  CLI::App app_;
  ParsedVerb root_;
  CommandLine line_;
  bool version_ = false;
};

/// `retort help X` is `retort X --help`.
std::vector<std::string> without_help_word(std::vector<std::string> words) {
  if (words.empty() || words.front() != "help") return words;
  words.erase(words.begin());
  words.push_back("--help");
  return words;
}
}  // namespace

CommandLine parse_command_line(const std::vector<Verb>& verbs, const std::vector<std::string>& words) {
  return CommandParser(verbs).parse(without_help_word(words));
}

}  // namespace retort::cli
