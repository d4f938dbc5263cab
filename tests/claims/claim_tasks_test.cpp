#include "claims/claim_tasks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "claims/metric.h"
#include "claims/results.h"
#include "core/errors.h"
#include "io/atomic_file.h"
#include "run/run_folder.h"

namespace retort::claims {
namespace {

namespace fs = std::filesystem;

struct ToyTraining {
  int64_t batch_size = 64;
  double decay = 5e-4;
};
void fields(OptionVisitor& v, ToyTraining& o) {
  v("batch_size", o.batch_size, "pictures");
  v("decay", o.decay, "of weights");
}

struct ToyOptions {
  ToyTraining train;
  int64_t steps = 1;
  std::string data;
  std::string decode_scale = "none";
};
void fields(OptionVisitor& v, ToyOptions& o) {
  v("train", o.train, "training");
  v("steps", o.steps, "steps");
  v("data", o.data, "folder");
  v("decode_scale", o.decode_scale, "none or auto");
}

// A claim with a need and two arms of a method that nobody runs.
class ClaimTasks : public testing::Test {
 protected:
  ClaimTasks() : folder_(fs::temp_directory_path() / fmt::format("retort-claims-{}", getpid())) {
    fs::create_directories(folder_);
    registries_.methods.add(
        "toy", {.family = "field", .paper = "", .summary = "", .options = describe_options<ToyOptions>, .make = {}});
    io::write_whole_file(folder_ / "toy.yaml", "distil: field\nmethod: toy\n# a comment\nsteps: 3\n");
  }
  ~ClaimTasks() override { fs::remove_all(folder_); }

  static Claim claim(const std::string& set = "steps=5") {
    return parse_claim(
        Recipe::parse("method: toy\nseeds: 2\ncommon: [data=$made/x]\n"
                      "needs: {made: {command: [make, $folder, seed=$seed]}}\n"
                      "arms: {one: {recipe: toy.yaml}, two: {recipe: toy.yaml, set: [" +
                          set +
                          "]}}\n"
                          "measurements: {m: {statement: s, metric: evaluation.value, of: two, against: "
                          "one}}\n",
                      "c.yaml"));
  }

  std::vector<Task> tasks(const Claim& claim) const {
    return plan_tasks(
        claim, folder_ / "out", [this](const std::string& name) { return folder_ / name; }, registries_);
  }

  std::string task_refusal(const Claim& claim) const {
    try {
      tasks(claim);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  // As a run of that task would leave it.
  void finish(const Task& task, double value, run::RunState state = run::RunState::finished) const {
    fs::create_directories(task.folder.parent_path());
    io::write_whole_file(declaration_file(task), declaration_text(task));
    run::RunDescription description;
    description.recipe = task.recipe;
    auto run = run::RunFolder::create({.runs_root = {}, .output = task.folder}, description);
    run.record().state = state;
    run.write_record();
    io::write_whole_file(task.folder / "evaluation.json",
                         fmt::format("{{\"value\": {}, \"deep\": {{\"x\": 1}}}}", value));
  }

  fs::path folder_;
  Registries registries_;
};

TEST_F(ClaimTasks, AreSeedBySeedAndTheArmsInTurnForwardsAndBackwards) {
  std::vector<std::string> names;
  const auto planned = tasks(claim());
  for (const auto& task : planned) names.push_back(task.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"made-seed0", "one-seed0", "two-seed0", "made-seed1", "two-seed1", "one-seed1"}));
  EXPECT_EQ(planned[0].command, (std::vector<std::string>{"make", planned[0].folder.string(), "seed=0"}));
  EXPECT_NE(planned[1].recipe.find("data: " + planned[0].folder.string() + "/x"), std::string::npos);
  EXPECT_NE(planned[1].recipe.find("steps: 3"), std::string::npos);
  EXPECT_NE(planned[4].recipe.find("steps: 5"), std::string::npos);
}

TEST_F(ClaimTasks, UnknownOptionsAndVariablesAreRefusedBeforeAnythingRuns) {
  EXPECT_NE(task_refusal(claim("stesp=5")).find("c.yaml: arms.two: unknown option 'stesp'; did you mean 'steps'?"),
            std::string::npos);
  EXPECT_NE(task_refusal(claim("data=$mad")).find("$mad means nothing here; did you mean 'made'?"), std::string::npos);
}

TEST_F(ClaimTasks, PixelsDecodedSmallerAreRefused) {
  EXPECT_NE(task_refusal(claim("decode_scale=auto")).find("c.yaml: arms.two: decode_scale=auto changes pixels"),
            std::string::npos);
  EXPECT_EQ(task_refusal(claim("decode_scale=none")), "");
}

TEST_F(ClaimTasks, ArmsThatAreComparedTrainAlikeButForWhatTheClaimSays) {
  const auto recipe_of_two = [&](const std::string& training) {
    io::write_whole_file(folder_ / "other.yaml", "distil: field\nmethod: toy\ntrain: {" + training + "}\n");
    auto unequal = claim();
    unequal.arms[1].second.recipe = "other.yaml";
    return unequal;
  };
  EXPECT_EQ(task_refusal(recipe_of_two("batch_size: 64, decay: 5.0e-4")), "") << "as the method's defaults";
  EXPECT_NE(task_refusal(recipe_of_two("batch_size: 128"))
                .find("c.yaml: measurements.m: arms two and one are compared, but differ in train.batch_size (128 and "
                      "64); make them equal in `common`"),
            std::string::npos);
  auto said = recipe_of_two("batch_size: 128, decay: 0");
  said.arms[1].second.set = {"train.batch_size=128"};
  EXPECT_NE(task_refusal(said).find("differ in train.decay (0 and 0.0005);"), std::string::npos);
  said.arms[0].second.set = {"train.decay=5e-4"};
  EXPECT_EQ(task_refusal(said), "");
  said.arms[0].second.set = {};
  said.measurements[0].second.against = "12.5";
  EXPECT_EQ(task_refusal(said), "") << "held against a number";
}

TEST_F(ClaimTasks, AreDoneUnfinishedOrToDo) {
  const auto planned = tasks(claim());
  EXPECT_EQ(state_of(planned[0]), TaskState::to_do);
  fs::create_directories(folder_ / "out");
  io::write_whole_file(declaration_file(planned[0]), declaration_text(planned[0]));
  EXPECT_EQ(state_of(planned[0]), TaskState::done);
  finish(planned[1], 1);
  finish(planned[2], 1, run::RunState::stopped);
  EXPECT_EQ(state_of(planned[1]), TaskState::done);
  EXPECT_EQ(state_of(planned[2]), TaskState::unfinished);
}

TEST_F(ClaimTasks, RunsOfAnotherRecipeAreRefused) {
  for (const auto& task : tasks(claim())) {
    if (task.is_arm) finish(task, 1);
  }
  const auto changed = tasks(claim("steps=6"));
  EXPECT_EQ(state_of(changed[1]), TaskState::done);
  EXPECT_THROW(state_of(changed[2]), UserError);
}

TEST_F(ClaimTasks, ResultsArePairedBySeed) {
  const auto planned = tasks(claim());
  for (const auto& task : planned) {
    if (task.is_arm)
      finish(task, 10.0 * double(task.seed) + (task.source == "two" ? 1.5 + 0.1 * double(task.seed) : 1));
  }
  const auto results = collect_results(claim(), planned, {});
  ASSERT_TRUE(results.complete());
  const auto& result = results.results.front();
  EXPECT_EQ(result.values, (std::vector<double>{1.5, 11.6}));
  EXPECT_NEAR(result.difference_summary.mean, 0.55, 1e-12);
  EXPECT_NEAR(result.difference_summary.standard_error, 0.05, 1e-12);
  EXPECT_EQ(result.verdict, Verdict::shown);
}

TEST_F(ClaimTasks, WithoutAllRunsNothingIsJudged) {
  const auto planned = tasks(claim());
  finish(planned[1], 1);
  const auto results = collect_results(claim(), planned, {});
  EXPECT_FALSE(results.complete());
  EXPECT_EQ(results.results.front().verdict, Verdict::not_measured);
}

TEST_F(ClaimTasks, AMetricThatIsNotThereNamesTheNearest) {
  const auto task = tasks(claim())[1];
  finish(task, 1);
  EXPECT_EQ(read_metric(task.folder, "evaluation.deep.x"), 1);
  for (const char* wrong : {"evaluation.valu", "evaluation.deep", "nothing.value", "evaluation.value.more"}) {
    EXPECT_THROW(read_metric(task.folder, wrong), UserError) << wrong;
  }
}

}  // namespace
}  // namespace retort::claims
