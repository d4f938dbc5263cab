#include "cli/shipped_methods.h"

#include "cli/recipe_search.h"
#include "core/recipe.h"

namespace retort::cli {

std::vector<claims::MethodStatus> shipped_methods(const Registries& registries, const std::filesystem::path& results) {
  claims::RecipeMethods recipe_methods;
  const auto recipes = shipped_recipes_folder();
  for (const auto& name : recipe_names(recipes)) {
    recipe_methods[name] = Recipe::load(recipes / (name + ".yaml")).method();
  }
  std::vector<claims::Claim> shipped;
  const auto folder = shipped_claims_folder();
  for (const auto& name : recipe_names(folder)) shipped.push_back(claims::load_claim(folder / (name + ".yaml")));
  return claims::method_statuses(registries, recipe_methods, shipped, claims::read_results(results));
}

}  // namespace retort::cli
