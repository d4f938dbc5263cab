#include "cli/recipe_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "core/errors.h"

namespace retort::cli {
namespace {

namespace fs = std::filesystem;
const fs::path source_recipes = fs::path(RETORT_SOURCE_DIR) / "recipes";

std::string search_refusal(const std::string& name) {
  try {
    find_recipe(name, source_recipes);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(RecipeSearch, finds_shipped_recipes_with_and_without_ending) {
  const auto file = source_recipes / "field/feature-3dgs.yaml";
  EXPECT_EQ(find_recipe("field/feature-3dgs", source_recipes), file);
  EXPECT_EQ(find_recipe("field/feature-3dgs.yaml", source_recipes), file);
}

TEST(RecipeSearch, a_file_as_given_comes_first) {
  const auto file = source_recipes / "field/feature-3dgs.yaml";
  EXPECT_EQ(find_recipe(file.string(), fs::path()), file);
}

TEST(RecipeSearch, refuses_with_the_nearest_name) {
  EXPECT_NE(search_refusal("field/feature-3dsg").find("did you mean 'field/feature-3dgs'?"), std::string::npos);
  EXPECT_NE(search_refusal(source_recipes.string()).find("is a folder"), std::string::npos);
}

TEST(RecipeSearch, names_are_sorted_and_an_absent_folder_has_none) {
  const auto names = recipe_names(source_recipes);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_FALSE(names.empty());
  EXPECT_TRUE(recipe_names("/no such folder").empty());
}

}  // namespace
}  // namespace retort::cli
