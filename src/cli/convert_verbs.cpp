#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "cli/failures.h"
#include "cli/verbs.h"
#include "core/errors.h"
#include "core/recipe.h"
#include "distil/model/torchdistill/convert.h"
#include "io/atomic_file.h"

namespace retort::cli {

namespace {
struct ConvertRecipeOptions {
  std::string file, output;
};

std::string text_of_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) user_error("{}: no such file", file.string());
  const auto size = std::filesystem::file_size(file, error);
  if (error || size > Recipe::max_bytes) {
    user_error("{}: is too large for a torchdistill file (at most {} bytes)", file.string(), Recipe::max_bytes);
  }
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream) user_error("{}: can't be read; check its permissions and that it isn't empty", file.string());
  return text.str();
}

int convert_recipe(const ConvertRecipeOptions& options) {
  const char* home = std::getenv("HOME");
  const auto recipe =
      torchdistill::convert_recipe(text_of_file(options.file), options.file, home == nullptr ? "~" : home);
  if (options.output.empty()) {
    fmt::print("{}", recipe);
  } else {
    io::write_whole_file(options.output, recipe);
    fmt::print("{}\n", options.output);
  }
  return exit_done;
}

Verb make_convert_recipe_verb() {
  return {
      .name = "recipe",
      .heading = "",
      .summary = "translates a torchdistill file of the classification family into a recipe",
      .examples = {{"convert recipe kd.yaml", "prints the recipe; its comments list what was not carried over"},
                   {"convert recipe ft.yaml -o recipes/ft.yaml", "writes it to a file, to be run or edited"}},
      .add_options = [](CLI::App& parser) -> Action {
        auto options = std::make_shared<ConvertRecipeOptions>();
        parser.add_option("FILE", options->file, "torchdistill's YAML; nothing in it is imported or run")->required();
        parser.add_option("-o,--output", options->output, "file of the recipe (default: standard output)");
        return [options](Invocation&) { return convert_recipe(*options); };
      },
      .verbs = {}};
}
}  // namespace

Verb make_convert_group() {
  return {.name = "convert",
          .heading = "Look things up",
          .summary = "files of other programs in retort's words",
          .examples = {{"convert recipe kd.yaml", "prints a torchdistill file as a recipe"},
                       {"convert recipe kd.yaml -o recipes/kd.yaml", "writes it"}},
          .add_options = nullptr,
          .verbs = {make_convert_recipe_verb()}};
}

}  // namespace retort::cli
