#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "claims/claim.h"
#include "claims/results_index.h"
#include "cli/failures.h"
#include "cli/recipe_search.h"
#include "cli/shipped_methods.h"
#include "cli/verbs.h"
#include "core/text.h"
#include "distil/field/scene/scene_format.h"
#include "distil/field/splat_files/splat_formats.h"

namespace retort::cli {

namespace {
struct ListOptions {
  std::string kind, results;
  bool markdown = false, json = false;
};

std::filesystem::path results_folder_of(const ListOptions& options) {
  return options.results.empty() ? shipped_results_folder() : std::filesystem::path(options.results);
}

void print_methods(const Registries& registries, const ListOptions& options) {
  const auto methods = shipped_methods(registries, results_folder_of(options));
  if (options.json) {
    fmt::print("{}\n", claims::methods_as_json(methods).dump(2));
  } else {
    fmt::print("{}", options.markdown ? claims::methods_as_markdown(methods) : claims::methods_as_text(methods));
  }
}

void print_results(const Registries&, const ListOptions& options) {
  const auto results = claims::read_results(results_folder_of(options));
  if (options.json) {
    fmt::print("{}\n", claims::results_as_json(results).dump(2));
  } else {
    fmt::print("{}", options.markdown ? claims::render_results_index(results) : claims::results_as_text(results));
  }
}

std::string slots_text(const std::vector<ParitySlot>& slots) {
  std::vector<std::string> parts;
  for (const auto& slot : slots) {
    parts.push_back(fmt::format("{} {} {}{}", slot.name, slot.dtype, slot.shape, slot.optional ? " (optional)" : ""));
  }
  return join(parts, ", ");
}

void print_slots(const char* what, const std::vector<ParitySlot>& slots) {
  if (!slots.empty()) fmt::print("    {:<8} {}\n", what, slots_text(slots));
}

void print_functions(const Registries& registries, const ListOptions&) {
  for (const auto& [name, function] : registries.parity.entries()) {
    fmt::print("{}: {}\n", name, function.summary);
    print_slots("inputs", function.inputs);
    print_slots("state", function.states);
    if (!function.options.empty()) fmt::print("    {:<8} {}\n", "options", join(function.options, ", "));
    print_slots("outputs", function.outputs);
    fmt::print("    {:<8} {}\n", "source", function.source);
  }
}

void print_recipes(const Registries&, const ListOptions&) {
  for (const auto& name : recipe_names(shipped_recipes_folder())) fmt::print("{}\n", name);
}

void print_claims(const Registries&, const ListOptions&) {
  const auto folder = shipped_claims_folder();
  for (const auto& name : recipe_names(folder)) {
    const auto claim = claims::load_claim(folder / (name + ".yaml"));
    fmt::print("{:<20} {}\n", name, claim.head.summary);
  }
}

void print_data(const Registries& registries, const ListOptions&) {
  for (const auto& [name, kind] : registries.data_sets.entries()) {
    const auto splits = kind.is_format ? "(format)" : join(kind.splits, ", ");
    fmt::print("{:<20} {:<15} {:<16} {}\n", name, kind.task, splits, kind.summary);
  }
}

void print_transforms(const Registries& registries, const ListOptions&) {
  for (const auto& [name, kind] : registries.transforms.entries()) {
    fmt::print("{}: {}\n", name, kind.summary);
    for (const auto& option : kind.options()) {
      fmt::print("    {:<12} {} (default {})\n", option.path, option.help, option.default_value);
    }
    fmt::print("    {:<12} {}\n", "source", kind.source);
  }
}

void print_formats(const Registries&, const ListOptions&) {
  for (const auto& format : field::splat_formats()) {
    fmt::print("{:<16} {:<16} {}\n", format.name, join(format.endings, ", "), format.keeps);
  }
}

void print_scene_formats(const Registries&, const ListOptions&) {
  for (const auto& format : field::scene_formats()) fmt::print("{:<16} {}\n", format.name, format.looks_like);
}

void print_networks(const Registries& registries, const ListOptions&) {
  for (const auto& [name, network] : registries.networks.entries()) {
    fmt::print("{:<20} {}  ({})\n", name, network.summary, network.source);
  }
}

struct Listing {
  std::string name, title;
  std::function<void(const Registries&, const ListOptions&)> print;
  bool has_forms = false;  ///< takes --markdown and --json
};

const std::vector<Listing>& listings() {
  static const std::vector<Listing> table = {
      {"methods", "Methods (`retort explain METHOD` prints equation and options)", print_methods, true},
      {"recipes", "Shipped recipes (`retort run NAME`)", print_recipes},
      {"claims", "Claims (`retort reproduce NAME` measures them)", print_claims},
      {"results", "Committed results (`retort list results --markdown` is their page)", print_results, true},
      {"formats", "Files of splats (`retort field export`; all can be opened as a field too)", print_formats},
      {"scenes", "Scenes that `retort field train FOLDER` opens, and what it knows them by", print_scene_formats},
      {"data", "Data sets (`data: {train: NAME/SPLIT}`), and formats that open any folder by `path`", print_data},
      {"transforms", "Changes of pictures (`data: {transforms: [NAME, NAME(option=value)]}`)", print_transforms},
      {"networks", "Networks (`student: {network: NAME}`, `teacher: {network: NAME}`)", print_networks},
      {"functions", "Functions that `retort parity` checks", print_functions},
  };
  return table;
}

int list(const ListOptions& options, const Registries& registries) {
  const auto& kind = options.kind;
  std::vector<std::string> names;
  for (const auto& listing : listings()) names.push_back(listing.name);
  if (!kind.empty() && std::find(names.begin(), names.end(), kind) == names.end()) {
    user_error("list: no kind '{}'{}; kinds: {}", kind, did_you_mean(kind, names), join(names, ", "));
  }
  for (const auto& listing : listings()) {
    if (!kind.empty() && kind != listing.name) continue;
    if ((options.markdown || options.json) && (kind.empty() || !listing.has_forms)) {
      user_error("list: --markdown and --json are of `list methods` and `list results`");
    }
    if (kind.empty()) fmt::print("{}\n\n", listing.title);
    listing.print(registries, options);
    if (kind.empty()) fmt::print("\n");
  }
  return exit_done;
}
}  // namespace

Verb make_list_verb() {
  return {
      .name = "list",
      .heading = "Look things up",
      .summary =
          "names methods, shipped recipes, claims, their results, file formats, data sets, transforms, networks and "
          "checked functions",
      .examples = {{"list", "everything"},
                   {"list methods", "what `method:` of a recipe may say, with papers, claims and verdicts"},
                   {"list methods --json", "the same for programs"},
                   {"list results", "what was measured of the claims"},
                   {"list data", "what `data:` of a recipe may say"},
                   {"list functions", "pure functions with their inputs and options"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ListOptions>();
        parser.add_option(
            "KIND", options->kind,
            "methods, recipes, claims, results, formats, scenes, data, transforms, networks or functions; default: "
            "all");
        auto* markdown = parser.add_flag("--markdown", options->markdown, "methods or results as Markdown");
        parser.add_flag("--json", options->json, "methods or results as JSON")->excludes(markdown);
        parser.add_option("--results", options->results, "folder of results (default: the shipped ones)")
            ->type_name("DIR");
        return [options](Invocation& invocation) { return list(*options, invocation.registries); };
      },
      .verbs = {}};
}

}  // namespace retort::cli
