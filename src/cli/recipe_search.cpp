#include "cli/recipe_search.h"

#include <algorithm>

#include "core/errors.h"
#include "core/text.h"
#include "retort_build.h"

namespace retort::cli {

namespace fs = std::filesystem;

namespace {
/// share/retort/<name> beside the installed program, else the source tree's.
fs::path shipped_folder(const char* name, const char* source_folder) {
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  const auto installed = program.parent_path() / "../share/retort" / name;
  if (fs::is_directory(installed, ignored)) return installed.lexically_normal();
  const fs::path source(source_folder);
  return fs::is_directory(source, ignored) ? source : fs::path();
}

/// `kind` is "recipe" or "claim".
fs::path find_shipped(const std::string& name_or_file, const fs::path& shipped, const char* kind) {
  std::error_code ignored;
  if (fs::is_regular_file(name_or_file, ignored)) return name_or_file;
  if (fs::is_directory(name_or_file, ignored)) {
    user_error("{}: is a folder; give a {} file, or the name of a shipped {} (`retort list {}s`)", name_or_file, kind,
               kind, kind);
  }
  for (const char* ending : {"", ".yaml"}) {
    const auto candidate = shipped / (name_or_file + ending);
    if (!shipped.empty() && fs::is_regular_file(candidate, ignored)) return candidate;
  }
  user_error("{}: neither a file nor a shipped {}{}; `retort list {}s` names them", name_or_file, kind,
             did_you_mean(name_or_file, recipe_names(shipped)), kind);
}
}  // namespace

fs::path shipped_recipes_folder() { return shipped_folder("recipes", build::source_recipes); }

fs::path shipped_claims_folder() { return shipped_folder("claims", build::source_claims); }

fs::path shipped_results_folder() { return shipped_folder("results", build::source_results); }

fs::path shipped_page_folder() { return shipped_folder("web", build::built_page); }

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
  return find_shipped(name_or_file, shipped, "recipe");
}

fs::path find_claim(const std::string& name_or_file, const fs::path& shipped) {
  return find_shipped(name_or_file, shipped, "claim");
}

}  // namespace retort::cli
