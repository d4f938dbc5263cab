#include "claims/result_summary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "claims/results.h"
#include "claims/results_index.h"
#include "io/atomic_file.h"
#include "io/json.h"
#include "support/hostile_input.h"
#include "support/temporary_folder.h"

namespace retort::claims {
namespace {

/// What `retort reproduce` writes of two arms and three seeds: one promise kept, one that was not measured.
nlohmann::ordered_json written_result() {
  ClaimResults results;
  results.claim = parse_claim(
      Recipe::parse("method: toy\nseeds: 3\narms: {one: {recipe: model/one}, two: {recipe: model/two}}\n"
                    "measurements: {m: {statement: 'two | beats one', metric: evaluation.x, unit: dB, of: two, "
                    "against: one}, n: {statement: never ran, metric: evaluation.y, of: one, against: 3}}\n",
                    "c.yaml"));
  results.surroundings = {.command = "retort reproduce c",
                          .version = "1",
                          .commit = "abc",
                          .processor = "Some CPU",
                          .instruction_set = "avx2",
                          .cores = 2,
                          .threads = 2,
                          .memory_bytes = 1,
                          .date = "2026-01-02"};
  for (const char* arm : {"one", "two"}) {
    for (const int seed : {0, 1, 2}) {
      RunFigures run;
      run.arm = arm;
      run.seed = seed;
      run.seconds = 20;
      results.runs.push_back(run);
    }
  }
  MeasuredResult kept{.id = "m", .measurement = results.claim.measurements[0].second};
  kept.differences = {2, 2.5, 3};
  kept.difference_summary = summarise(kept.differences);
  kept.verdict = judge(kept.difference_summary, kept.measurement);
  const MeasuredResult missing{.id = "n", .measurement = results.claim.measurements[1].second};
  results.results = {kept, missing};
  return to_json(results);
}

ResultSummary summarised(const std::string& text) { return summarise_result(io::parse_json(text, "c.json"), "c.json"); }

std::string summary_refusal(const nlohmann::ordered_json& json) {
  return tests::refusal_of([&] { summarised(json.dump()); });
}

TEST(ResultSummary, ReadsWhatReproduceWrites) {
  const auto summary = summarised(written_result().dump());
  EXPECT_EQ(summary.claim, "c");
  EXPECT_EQ(summary.method, "toy");
  EXPECT_EQ(summary.processor, "Some CPU");
  EXPECT_EQ(summary.cores, 2);
  EXPECT_EQ(summary.seeds, 3);
  EXPECT_EQ(summary.runs, 6);
  EXPECT_DOUBLE_EQ(summary.seconds, 120);
  EXPECT_EQ(summary.arm_recipes.at("two"), "model/two");
  ASSERT_EQ(summary.measurements.size(), 2U);
  EXPECT_EQ(summary.measurements[0].of, "two");
  EXPECT_EQ(summary.measurements[0].verdict, "shown");
  EXPECT_DOUBLE_EQ(summary.measurements[0].difference.mean, 2.5);
  EXPECT_EQ(summary.measurements[1].verdict, "not measured");
  EXPECT_EQ(summary.measurements[1].difference.count, 0);
}

TEST(ResultSummary, ASingleSeedHasNoError) {
  auto json = written_result();
  auto& measurement = json["measurements"][0];
  measurement["values"]["differences"] = std::vector<double>{2};
  measurement["summary"]["difference"] = {{"mean", 2.0}, {"deviation", nullptr}, {"standard_error", nullptr}};
  EXPECT_TRUE(std::isinf(summarised(json.dump()).measurements[0].difference.standard_error));
}

TEST(ResultSummary, RefusesWithTheKey) {
  auto json = written_result();
  json.erase("seeds");
  EXPECT_NE(summary_refusal(json).find("c.json: 'seeds' is missing"), std::string::npos);
  json = written_result();
  json["machine"]["cores"] = -1;
  EXPECT_NE(summary_refusal(json).find("c.json: machine: 'cores' should be a whole number"), std::string::npos);
  json = written_result();
  json["runs"][3]["seconds"] = 1e300;
  EXPECT_NE(summary_refusal(json).find("c.json: runs: 'seconds' should be a number from 0"), std::string::npos);
  json = written_result();
  json["measurements"][0]["verdict"] = "splendid";
  EXPECT_NE(summary_refusal(json).find("'verdict' is 'splendid', should be one of shown, not shown, opposite"),
            std::string::npos);
  json["measurements"] = 3;
  EXPECT_NE(summary_refusal(json).find("c.json: 'measurements' should be a list"), std::string::npos);
}

TEST(ResultSummary, DamagedFilesAreTakenOrRefused) {
  tests::damage_everywhere(written_result().dump(), [](const std::string& text) {
    const auto summary = summarised(text);
    render_results_index({summary});
  });
}

TEST(ResultsIndex, HasEveryMeasurementWithItsErrorAndTheTimeOfAll) {
  const tests::TemporaryFolder folder;
  EXPECT_TRUE(read_results(folder / "absent").empty());
  auto other = written_result();
  other["claim"] = "b";
  io::write_whole_file(folder / "c.json", written_result().dump());
  io::write_whole_file(folder / "later.json", other.dump());
  io::write_whole_file(folder / "c.md", "no result");
  const auto results = read_results(folder.path());
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].claim, "b");
  const auto page = render_results_index(results);
  EXPECT_NE(page.find("| [c](c.md) | `toy` | 1 shown, 1 not measured | 3 | 6 | 2.0 | Some CPU, 2 cores, avx2 | "
                      "2026-01-02 | `retort reproduce c` |"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("| c | m | two \\| beats one | 2.5 +- 0.2887 dB | **shown** |"), std::string::npos) << page;
  EXPECT_NE(page.find("| c | n | never ran |  | **not measured** |"), std::string::npos) << page;
  EXPECT_NE(page.find("All 2 claims took 4 min 00 s."), std::string::npos) << page;
  EXPECT_NE(results_as_text(results).find("2 claims, 4 min 00 s in all"), std::string::npos);
  EXPECT_TRUE(results_as_json(results)[0]["measurements"][1]["difference"].is_null());
}

TEST(ResultsIndex, OneVerdictStandsAlone) {
  EXPECT_EQ(verdicts_text({"opposite"}), "opposite");
  EXPECT_EQ(verdicts_text({"opposite", "shown", "opposite"}), "1 shown, 2 opposite");
  EXPECT_EQ(verdicts_text({}), "");
}

}  // namespace
}  // namespace retort::claims
