#include "claims/method_table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace retort::claims {
namespace {

Method method_of_family(const std::string& paper) {
  Method method;
  method.family = "model";
  method.paper = paper;
  method.summary = "what | it does";
  return method;
}

Claim claim_of(const std::string& name, const std::string& text) {
  auto claim = parse_claim(Recipe::parse(text, name + ".yaml"));
  claim.name = name;
  return claim;
}

ResultSummary result_of(const Claim& claim, const std::vector<MeasurementSummary>& measurements) {
  ResultSummary result;
  result.claim = claim.name;
  result.method = claim.head.method;
  for (const auto& [name, arm] : claim.arms) result.arm_recipes[name] = arm.recipe;
  result.measurements = measurements;
  return result;
}

/// `old` is judged by `many`; `fresh` by `many` and by a claim of its own; `base` is only held against; nobody claims
/// anything of `lone`.
std::vector<MethodStatus> some_statuses() {
  Registries registries;
  for (const char* name : {"base", "fresh", "lone", "old"}) registries.methods.add(name, method_of_family("A Paper"));
  const RecipeMethods recipes = {{"model/base", "base"}, {"model/fresh", "fresh"}, {"model/old", "old"}};
  const auto many = claim_of("many",
                             "method: base\nseeds: 2\n"
                             "arms: {b: {recipe: model/base}, f: {recipe: model/fresh}, o: {recipe: model/old}}\n"
                             "measurements: {x: {statement: s, metric: e.x, of: f, against: b}, y: {statement: s, "
                             "metric: e.x, of: o, against: b}}\n");
  const auto own =
      claim_of("own",
               "method: fresh\nseeds: 2\narms: {b: {recipe: model/base}, f: {recipe: beside.yaml}, o: "
               "{recipe: model/old}}\nmeasurements: {z: {statement: s, metric: e.x, of: f, against: o}}\n");
  return method_statuses(
      registries, recipes, {many, own},
      {result_of(many, {{.id = "x", .statement = "", .unit = "", .of = "f", .verdict = "opposite"},
                        {.id = "y", .statement = "", .unit = "", .of = "o", .verdict = "not shown"}}),
       result_of(own, {{.id = "z", .statement = "", .unit = "", .of = "f", .verdict = "shown"}})});
}

TEST(MethodTable, AVerdictBelongsToTheJudgedArmsMethod) {
  const auto statuses = some_statuses();
  ASSERT_EQ(statuses.size(), 4U);
  EXPECT_TRUE(statuses[0].verdicts.empty()) << "base is only held against";
  EXPECT_EQ(statuses[0].recipes, (std::vector<std::string>{"model/base"}));
  EXPECT_TRUE(statuses[2].claims.empty());
  EXPECT_TRUE(statuses[2].recipes.empty());
  ASSERT_EQ(statuses[3].verdicts.size(), 1U);
  EXPECT_EQ(statuses[3].verdicts[0].claim, "many");
  EXPECT_EQ(statuses[3].claims, (std::vector<std::string>{"many"}));
}

TEST(MethodTable, AClaimOfItsOwnComesBeforeOthers) {
  const auto fresh = some_statuses()[1];
  EXPECT_EQ(fresh.claims, (std::vector<std::string>{"own"}));
  ASSERT_EQ(fresh.verdicts.size(), 1U);
  EXPECT_EQ(fresh.verdicts[0].verdict, "shown");
  EXPECT_EQ(fresh.page, "docs/methods/fresh.md");
}

TEST(MethodTable, ColumnsAreAlignedAndCellsStayWhole) {
  const auto statuses = some_statuses();
  const auto text = methods_as_text(statuses);
  EXPECT_NE(text.find("fresh   model   yes     yes    shown      A Paper\n"), std::string::npos) << text;
  EXPECT_NE(text.find("lone    model   no      no     -          A Paper\n"), std::string::npos) << text;
  const auto table = methods_as_markdown(statuses);
  EXPECT_NE(table.find("| [fresh](docs/methods/fresh.md) | model | what \\| it does | A Paper | `model/fresh` | "
                       "[own](results/own.md) | shown |\n"),
            std::string::npos)
      << table;
  EXPECT_EQ(methods_as_json(statuses)[3]["verdicts"][0]["measurement"], "y");
}

}  // namespace
}  // namespace retort::claims
