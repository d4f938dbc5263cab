#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "claims/method_table.h"
#include "cli/failures.h"
#include "cli/verbs.h"
#include "core/option_summary.h"
#include "core/text.h"

namespace retort::cli {

namespace {
struct ExplainOptions {
  std::string topic;  ///< METHOD or METHOD.key.path
  bool markdown = false;
  bool json_schema = false;
};

constexpr const char* model_letters =
    "(s student, t teacher; z logits, p = softmax z; y label; B samples of a batch, C channels or classes)";

/// The option at `key` and, when it is a section, all below it; UserError with the nearest key.
std::vector<OptionDoc> options_under(const std::vector<OptionDoc>& docs, const std::string& method,
                                     const std::string& key) {
  std::vector<OptionDoc> found;
  std::vector<std::string> paths;
  for (const auto& doc : docs) {
    paths.push_back(doc.path);
    if (doc.path == key || doc.path.rfind(key + ".", 0) == 0) found.push_back(doc);
  }
  if (found.empty()) {
    user_error("explain: {} has no option '{}'{}; `retort explain {}` prints them all", method, key,
               did_you_mean(key, paths), method);
  }
  return found;
}

/// `text` with each line set in.
std::string set_in(const std::string& text) {
  std::string lines;
  for (const auto& line : split(text, '\n')) lines += "  " + line + "\n";
  return lines;
}

std::string introduction(const std::string& name, const Method& method) {
  std::string text = fmt::format("{} ({}): {}\n", name, method.family, method.summary);
  if (!method.paper.empty()) text += fmt::format("paper: {}\n", method.paper);
  if (!method.equation.empty()) text += fmt::format("\nequation:\n{}", set_in(method.equation));
  if (!method.equation.empty() && method.family == "model") text += set_in(model_letters);
  if (!method.sources.empty()) text += fmt::format("\nsources: {}\n", method.sources);
  return text + fmt::format("page: {}\n\noptions:\n", claims::page_of(name, method));
}

int explain(const ExplainOptions& options, const Registries& registries) {
  const auto dot = options.topic.find('.');
  const auto name = options.topic.substr(0, dot);
  const Method& method = registries.methods.get(name);
  auto docs = method.options();
  if (dot != std::string::npos) docs = options_under(docs, name, options.topic.substr(dot + 1));
  if (options.json_schema) {
    fmt::print("{}\n", options_as_json_schema(docs, name));
  } else if (options.markdown) {
    fmt::print("{}\n", options_as_markdown(docs));
  } else {
    const bool whole_method = dot == std::string::npos;
    if (whole_method) fmt::print("{}", introduction(name, method));
    fmt::print("{}", options_as_text(whole_method ? options_in_short(docs, name) : docs));
  }
  return exit_done;
}
}  // namespace

Verb make_explain_verb() {
  return {
      .name = "explain",
      .heading = "Look things up",
      .summary = "a method: paper, equation, sources, options with defaults and ranges",
      .examples = {{"explain feature-3dgs", "paper, equation, sources and all options"},
                   {"explain feature-3dgs.train.density", "one section of them"},
                   {"explain feature-3dgs --json-schema", "for an editor that checks recipes while one types"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ExplainOptions>();
        parser.add_option("METHOD[.KEY]", options->topic, "a method, or one of its options or sections")->required();
        auto* markdown = parser.add_flag("--markdown", options->markdown, "as a Markdown table");
        parser.add_flag("--json-schema", options->json_schema, "as a JSON schema of the recipe")->excludes(markdown);
        return [options](Invocation& invocation) { return explain(*options, invocation.registries); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
