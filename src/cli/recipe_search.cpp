#include "cli/recipe_search.h"

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "retort_build.h"

namespace retort::cli {

namespace fs = std::filesystem;

fs::path shipped_recipes_folder() {
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  const auto installed = program.parent_path() / "../share/retort/recipes";
  if (fs::is_directory(installed, ignored)) return installed.lexically_normal();
  const fs::path source(build::source_recipes);
  return fs::is_directory(source, ignored) ? source : fs::path();
}

std::vector<std::string> recipe_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() != ".yaml") continue;
    names.push_back(entry->path().lexically_relative(folder).replace_extension().generic_string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_recipe(const std::string& name_or_file, const fs::path& shipped) {
  std::error_code ignored;
  if (fs::is_regular_file(name_or_file, ignored)) return name_or_file;
  if (fs::is_directory(name_or_file, ignored)) {
    user_error("{}: is a folder; give a recipe file, or the name of a shipped recipe (`retort list recipes`)",
               name_or_file);
  }
  for (const char* ending : {"", ".yaml"}) {
    const auto candidate = shipped / (name_or_file + ending);
    if (!shipped.empty() && fs::is_regular_file(candidate, ignored)) return candidate;
  }
  user_error("{}: neither a file nor a shipped recipe{}; `retort list recipes` names them", name_or_file,
             did_you_mean(name_or_file, recipe_names(shipped)));
}

}  // namespace retort::cli
