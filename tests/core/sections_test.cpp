// Sections of sections: names that the user gives.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/recipe.h"
#include "support/user_error.h"

namespace retort {
namespace {

struct PartOptions {
  int64_t size = 1;
  double weight = 0.5;
};
void fields(OptionVisitor& v, PartOptions& o) {
  v("size", o.size, "how large", {.min = 1});
  v("weight", o.weight, "how heavy");
}

struct WholeOptions {
  double weight = 2;
  Named<PartOptions> parts = {{"base", {.size = 7}}};
};
void fields(OptionVisitor& v, WholeOptions& o) {
  v("weight", o.weight, "of a part that says nothing");
  v.sections("parts", o.parts, "by names of your own", PartOptions{.weight = o.weight});
}

WholeOptions read(const std::string& text) { return Recipe::parse(text, "r.yaml").read<WholeOptions>(); }

TEST(Sections, KnownOnesAreChangedAndNewOnesBeginAsAskedFor) {
  const auto options = read("weight: 3\nparts: {lid: {size: 2}, base: {weight: 4}}\n");
  ASSERT_EQ(options.parts.size(), 2U);
  EXPECT_EQ(options.parts[0].first, "base");
  EXPECT_EQ(options.parts[0].second.size, 7);
  EXPECT_EQ(options.parts[0].second.weight, 4);
  EXPECT_EQ(options.parts[1].first, "lid");
  EXPECT_EQ(options.parts[1].second.size, 2);
  EXPECT_EQ(options.parts[1].second.weight, 3);
}

TEST(Sections, TheCommandLineReachesInto) {
  auto recipe = Recipe::parse("parts: {}\n", "r.yaml");
  recipe.override_with("parts.base.size=9");
  recipe.override_with("parts.lid.size=3");
  const auto options = recipe.read<WholeOptions>();
  EXPECT_EQ(options.parts[0].second.size, 9);
  EXPECT_EQ(options.parts[1].second.size, 3);
}

TEST(Sections, FaultsNameTheirPlace) {
  EXPECT_EQ(tests::user_error_of([] { read("parts:\n  lid: {sise: 2}\n"); }),
            "r.yaml:2: parts.lid.sise: unknown key; did you mean 'size'?");
  EXPECT_NE(tests::user_error_of([] { read("parts: {a b: {size: 2}}\n"); }).find("as a name, use"), std::string::npos);
  EXPECT_NE(tests::user_error_of([] { read("parts: {lid: 3}\n"); }).find("expected a section"), std::string::npos);
}

TEST(Sections, EachMayBeCheckedByItsName) {
  const auto recipe = Recipe::parse("parts:\n  lid: {size: 2}\n  floor: {size: 4}\n", "r.yaml");
  RecipeReader reader(recipe);
  Named<PartOptions> parts;
  reader.sections("parts", parts, "", {}, [](const std::string& name, const PartOptions& part, Problems& problems) {
    problems.require(name == "lid" || part.size < 3, "size", "only a lid is so large");
  });
  EXPECT_EQ(tests::user_error_of([&] { reader.finish(); }), "r.yaml:3: parts.floor.size: only a lid is so large");
}

TEST(Sections, ResolvedRecipesReadBackTheSame) {
  const auto recipe = Recipe::parse("parts: {lid: {size: 2}}\n", "r.yaml");
  const auto options = recipe.read<WholeOptions>();
  const auto again = Recipe::parse(recipe.resolved(options), "again.yaml").read<WholeOptions>();
  ASSERT_EQ(again.parts.size(), 2U);
  EXPECT_EQ(again.parts[0].second.size, 7);
  EXPECT_EQ(again.parts[1].first, "lid");
}

TEST(Sections, TheSchemaTakesAnyName) {
  const auto schema =
      nlohmann::json::parse(options_as_json_schema(describe_options_of(WholeOptions{.parts = {}}), "w"));
  const auto& parts = schema["properties"]["parts"];
  EXPECT_EQ(parts["additionalProperties"]["properties"]["size"]["minimum"], 1);
}

}  // namespace
}  // namespace retort
