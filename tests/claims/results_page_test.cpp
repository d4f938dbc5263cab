#include "claims/results_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <tuple>

namespace retort::claims {
namespace {

ClaimResults two_seeds() {
  ClaimResults results;
  results.claim = parse_claim(
      Recipe::parse("method: toy\nseeds: 2\narms: {one: {recipe: r}, two: {recipe: r, note: 'a | b'}}\n"
                    "measurements: {m: {statement: 'two | beats one', metric: evaluation.x, unit: dB, of: two, "
                    "against: one, reported: '5 dB'}}\n",
                    "c.yaml"));
  for (const auto& [arm, seed, value] :
       {std::tuple("one", 0, 1.0), std::tuple("one", 1, 2.0), std::tuple("two", 0, 3.0), std::tuple("two", 1, 4.5)}) {
    RunFigures run;
    run.arm = arm;
    run.seed = seed;
    run.metrics["evaluation.x"] = value;
    results.runs.push_back(run);
  }
  MeasuredResult result{.id = "m", .measurement = results.claim.measurements[0].second};
  result.values = {3, 4.5};
  result.against = {1, 2};
  result.differences = {2, 2.5};
  result.value_summary = summarise(result.values);
  result.against_summary = summarise(result.against);
  result.difference_summary = summarise(result.differences);
  result.verdict = judge(result.difference_summary, result.measurement);
  results.results = {result};
  return results;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ResultsPage, HasVerdictEverySeedAndThePapersFigure) {
  const auto page = render_results_page(two_seeds(), "c.svg");
  EXPECT_NE(page.find("two \\| beats one | two: 3.75 ± 1.06"), std::string::npos) << page;
  EXPECT_NE(page.find("2.25 +- 0.25"), std::string::npos) << page;
  EXPECT_NE(page.find("**shown**"), std::string::npos);
  EXPECT_NE(page.find("the paper reports: 5 dB"), std::string::npos);
  EXPECT_NE(page.find("| two | 1 | 4.5 |"), std::string::npos) << page;
  EXPECT_NE(page.find("](c.svg)"), std::string::npos);
}

TEST(ResultsPage, TheChartHasADotForEachRun) {
  const auto chart = render_results_chart(two_seeds());
  EXPECT_EQ(count_of(chart, "<circle"), 4u);
  EXPECT_EQ(chart.find("nan"), std::string::npos);
  EXPECT_NE(render_results_chart(ClaimResults{}).find("</svg>"), std::string::npos);
}

TEST(ResultsPage, JsonHoldsEveryValueAndOneSeedHasNoSpread) {
  auto results = two_seeds();
  const auto whole = to_json(results);
  EXPECT_EQ(whole["measurements"][0]["verdict"], "shown");
  EXPECT_EQ(whole["measurements"][0]["values"]["differences"], (std::vector<double>{2, 2.5}));
  EXPECT_NEAR(whole["measurements"][0]["summary"]["difference"]["t95_half_width"].get<double>(), 12.706 * 0.25, 1e-9);
  results.results[0].difference_summary = summarise(std::vector<double>{2});
  EXPECT_TRUE(to_json(results)["measurements"][0]["summary"]["difference"]["standard_error"].is_null());
}

}  // namespace
}  // namespace retort::claims
