#include "claims/sweep_results.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "claims/sweep_page.h"
#include "core/errors.h"
#include "io/atomic_file.h"
#include "run/metrics_log.h"
#include "run/run_folder.h"
#include "support/temporary_folder.h"

namespace retort::claims {
namespace {

namespace fs = std::filesystem;

struct RatedTraining {
  int64_t seed = 0;
};
void fields(OptionVisitor& v, RatedTraining& o) { v("seed", o.seed, "seed"); }
struct RatedData {
  std::string test;
};
void fields(OptionVisitor& v, RatedData& o) { v("test", o.test, "set"); }
struct RatedOptions {
  double rate = 1;
  RatedData data = {};
  RatedTraining train = {};
};
void fields(OptionVisitor& v, RatedOptions& o) {
  v("rate", o.rate, "speed");
  v("data", o.data, "data");
  v("train", o.train, "training");
}

// Three rates with two seeds of a method that nobody runs.
class SweepResult : public testing::Test {
 protected:
  // As a run would leave it whose curve ends at `value`.
  void finish(const std::string& name, double value) const {
    for (const auto& task : tasks_) {
      if (task.name != name) continue;
      io::write_whole_file(declaration_file(task), declaration_text(task));
      run::RunDescription description;
      description.recipe = task.recipe;
      auto run = run::RunFolder::create({.runs_root = {}, .output = task.folder}, description);
      run.record().state = run::RunState::finished;
      run.record().seconds = 2;
      run.write_record();
      run::MetricsLog log(task.folder);
      log.scalar(1, "eval/top1", 0.1);
      log.scalar(2, "eval/top1", value);
    }
  }

  void finish_all() const {
    finish("rate=1-seed0", 0.5);
    finish("rate=1-seed1", 0.7);
    finish("rate=2-seed0", 0.8);
    finish("rate=2-seed1", 0.9);
    finish("rate=3-seed0", 0.2);
    finish("rate=3-seed1", 0.4);
  }

  SweepResults collected(Direction better = Direction::higher, std::vector<TaskFailure> failures = {},
                         const std::string& metric = "eval/top1") const {
    return collect_sweep({.recipe = "toy.yaml", .metric = metric, .better = better, .seeds = 2}, plan_, tasks_,
                         failures, {});
  }

  tests::TemporaryFolder folder_;
  SweepPlan plan_ = plan_sweep({.assignments = {"rate=[1,2,3]"}, .seeds = 2}, describe_options<RatedOptions>());
  std::vector<Task> tasks_ = sweep_tasks(
      plan_, Recipe::parse("distil: model\nmethod: toy\ndata: {test: cifar10/test}\n", "t"), folder_.path(), 2);
};

TEST_F(SweepResult, TheBestMeanIsMarkedAndTheOthersAreHeldAgainstItSeedBySeed) {
  finish_all();
  const auto results = collected();
  ASSERT_EQ(results.best, 1);
  EXPECT_NEAR(results.points[1].summary.mean, 0.85, 1e-12);
  EXPECT_EQ(results.points[1].to_best.count, 0);
  EXPECT_NEAR(results.points[0].to_best.mean, -0.25, 1e-12);
  EXPECT_NEAR(results.points[0].to_best.standard_error, 0.05, 1e-12);
  EXPECT_EQ(collected(Direction::lower).best, 2);
  EXPECT_NE(to_text(results).find("* rate=2  0.85 ± 0.07071  n = 2"), std::string::npos) << to_text(results);
  EXPECT_NE(to_text(results).find("retort run toy.yaml rate=2\n"), std::string::npos) << to_text(results);
}

TEST_F(SweepResult, APointWithoutAllSeedsIsNeverTheBest) {
  finish_all();
  fs::remove_all(folder_ / "rate=2-seed1");
  const auto results =
      collected(Direction::higher, {{.task = "rate=2-seed1", .exit_code = 1, .message = "rate=2-seed1: it broke"}});
  EXPECT_EQ(results.best, 0);
  EXPECT_EQ(results.points[1].summary.count, 1);
  ASSERT_EQ(results.warnings.size(), 1u);
  EXPECT_NE(results.warnings[0].find("1 of 3 points lack a seed"), std::string::npos);
  EXPECT_NE(render_sweep_page(results, "s.svg").find("**Failed:** rate=2-seed1: it broke"), std::string::npos);
  EXPECT_EQ(to_json(results)["failures"][0]["exit_code"], 1);
}

TEST_F(SweepResult, WhatIsNoNumberCountsForNothing) {
  finish_all();
  fs::remove_all(folder_ / "rate=2-seed1");
  finish("rate=2-seed1", std::numeric_limits<double>::infinity());
  const auto results = collected();
  EXPECT_EQ(results.best, 0);
  EXPECT_NE(results.warnings[0].find("rate=2-seed1: eval/top1 is inf"), std::string::npos) << results.warnings[0];
}

TEST_F(SweepResult, NothingMeasuredHasNoBest) {
  const auto results = collected();
  EXPECT_EQ(results.best, -1);
  EXPECT_FALSE(to_json(results).contains("best"));
  EXPECT_NE(render_sweep_page(results, "s.svg").find("No point has a figure for every seed"), std::string::npos);
  EXPECT_NE(render_sweep_chart(results).find("</svg>"), std::string::npos);
}

TEST_F(SweepResult, AnAbsentMetricNamesTheNearest) {
  finish_all();
  try {
    collected(Direction::higher, {}, "eval/top5");
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'eval/top1'?"), std::string::npos) << error.what();
  }
}

TEST_F(SweepResult, ThePageSaysThatTheTestSetChose) {
  finish_all();
  auto results = collected();
  EXPECT_TRUE(results.chosen_on_test);
  const auto page = render_sweep_page(results, "s.svg");
  EXPECT_NE(page.find("**best** | `2` | **0.85 ± 0.07071** | 2 |"), std::string::npos) << page;
  EXPECT_NE(page.find("measured on `cifar10/test` (`data.test`)"), std::string::npos) << page;
  EXPECT_NE(page.find("no test result"), std::string::npos);
  EXPECT_NE(page.find("| rate=3 | 1 | 0.4 |"), std::string::npos) << page;
  results.chosen_on_test = false;
  EXPECT_EQ(render_sweep_page(results, "s.svg").find("no test result"), std::string::npos);
  const auto chart = render_sweep_chart(results);
  size_t dots = 0;
  for (size_t at = chart.find("<circle"); at != std::string::npos; at = chart.find("<circle", at + 1)) ++dots;
  EXPECT_EQ(dots, 6u);
}

}  // namespace
}  // namespace retort::claims
