// Where `retort run NAME` finds recipes, `retort reproduce NAME` claims, and `retort list` results.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace retort::cli {

/// Folder of the shipped recipes: share/retort/recipes beside the installed program, else recipes/ of the source tree;
/// empty when neither is there.
std::filesystem::path shipped_recipes_folder();

/// The same of the shipped claims: share/retort/claims, else claims/.
std::filesystem::path shipped_claims_folder();

/// The same of the committed results of claims: share/retort/results, else results/.
std::filesystem::path shipped_results_folder();

/// The same of the page of `retort serve`: share/retort/web, else web/ of the build; empty when it was not built.
std::filesystem::path shipped_page_folder();

/// Names of the recipes or claims in `folder` ("field/feature-3dgs"), sorted.
std::vector<std::string> recipe_names(const std::filesystem::path& folder);

/// A file as given, or the shipped recipe of that name (with or without .yaml); UserError with the nearest name.
std::filesystem::path find_recipe(const std::string& name_or_file, const std::filesystem::path& shipped);

/// The same for claims.
std::filesystem::path find_claim(const std::string& name_or_file, const std::filesystem::path& shipped);

}  // namespace retort::cli
