#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/failures.h"
#include "cli/verbs.h"
#include "core/text.h"

namespace retort::cli {

namespace {
struct ExplainOptions {
  std::string topic;  ///< METHOD or METHOD.key.path
  bool markdown = false;
  bool json_schema = false;
};

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
    if (dot == std::string::npos) fmt::print("{} ({}): {}\n{}\n\n", name, method.family, method.summary, method.paper);
    fmt::print("{}", options_as_text(docs));
  }
  return exit_done;
}
}  // namespace

Verb make_explain_verb() {
  return {
      .name = "explain",
      .heading = "Look things up",
      .summary = "a method's options: meaning, type, default, range",
      .examples = {{"explain feature-3dgs", "what the method is, and all its options"},
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
