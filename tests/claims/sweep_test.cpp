#include "claims/sweep.h"

#include <gtest/gtest.h>

#include <set>

#include "core/errors.h"
#include "support/user_error.h"

namespace retort::claims {
namespace {

struct SweptTraining {
  int64_t seed = 0;
  std::vector<int64_t> milestones = {};
};
void fields(OptionVisitor& v, SweptTraining& o) {
  v("seed", o.seed, "seed");
  v("milestones", o.milestones, "epochs");
}
struct SweptTerm {
  double weight = 0;
  double temperature = 4;
};
void fields(OptionVisitor& v, SweptTerm& o) {
  v("weight", o.weight, "factor");
  v("temperature", o.temperature, "softens");
}
struct SweptOptions {
  SweptTerm ce = {}, kd = {};
  std::string path;
  SweptTraining train = {};
};
void fields(OptionVisitor& v, SweptOptions& o) {
  v("ce", o.ce, "labels");
  v("kd", o.kd, "teacher");
  v("path", o.path, "folder");
  v("train", o.train, "how long");
}

const auto swept_docs = describe_options<SweptOptions>();

SweepPlan plan_of(std::vector<std::string> assignments, int64_t seeds = 1, int64_t random = 0, uint64_t seed = 0) {
  return plan_sweep({.assignments = std::move(assignments), .seeds = seeds, .random = random, .random_seed = seed},
                    swept_docs);
}

std::vector<std::string> point_names(const SweepPlan& plan) {
  std::vector<std::string> names;
  for (const auto& point : plan.points) names.push_back(point.name);
  return names;
}

Recipe swept_recipe() { return Recipe::parse("distil: model\nmethod: toy\nkd: {weight: 1}\n", "toy.yaml"); }

TEST(Sweep, TheGridHasEveryCombinationAndTheLastKeyChangesFastest) {
  const auto plan = plan_of({"kd.temperature=[2,4]", "ce.weight=[0.1, 1]", "path=/x"});
  EXPECT_EQ(point_names(plan), (std::vector<std::string>{"temperature=2_weight=0.1", "temperature=2_weight=1",
                                                         "temperature=4_weight=0.1", "temperature=4_weight=1"}));
  EXPECT_EQ(plan.fixed, (std::vector<std::string>{"path=/x"}));
  EXPECT_EQ(plan.points[1].set, (std::vector<std::string>{"kd.temperature=2", "ce.weight=1"}));
}

TEST(Sweep, NamesTellKeysApartAndAreSafeAndUnique) {
  EXPECT_EQ(point_names(plan_of({"kd.weight=[1]", "ce.weight=[2]"})),
            (std::vector<std::string>{"kd.weight=1_ce.weight=2"}));
  const auto odd = point_names(plan_of({"path=[/a b, /a_b, 'a=b', '../../x', " + std::string(300, 'y') + "]"}));
  EXPECT_EQ(std::set<std::string>(odd.begin(), odd.end()).size(), 5u);
  for (const auto& name : odd) {
    EXPECT_EQ(name.find('/'), std::string::npos) << name;
    EXPECT_EQ(name.find(' '), std::string::npos) << name;
    EXPECT_LE(name.size(), 120u) << name;
  }
  EXPECT_EQ(point_names(plan_of({})), (std::vector<std::string>{"recipe"}));
}

TEST(Sweep, ListsOfOptionsThatAreListsAreValues) {
  const auto one = plan_of({"train.milestones=[30,60]"});
  EXPECT_TRUE(one.axes.empty());
  EXPECT_EQ(one.fixed, (std::vector<std::string>{"train.milestones=[30,60]"}));
  const auto two = plan_of({"train.milestones=[[30,60],[60]]"});
  ASSERT_EQ(two.points.size(), 2u);
  EXPECT_EQ(recipe_of(swept_recipe(), two, two.points[0]).read<SweptOptions>().train.milestones,
            (std::vector<int64_t>{30, 60}));
}

TEST(Sweep, RandomPointsAreDrawnWithoutPuttingBackAndFewerAreTheFirstOfMore) {
  const std::vector<std::string> grid = {"kd.temperature=[1,2,3,4,5,6]", "ce.weight=[1,2,3]"};
  const auto five = point_names(plan_of(grid, 1, 5)), nine = point_names(plan_of(grid, 1, 9));
  EXPECT_EQ(std::set<std::string>(nine.begin(), nine.end()).size(), 9u);
  EXPECT_EQ(five, std::vector<std::string>(nine.begin(), nine.begin() + 5));
  EXPECT_NE(nine, point_names(plan_of(grid, 1, 9, 1)));
  EXPECT_EQ(plan_of(grid, 1, 100).points.size(), 18u);
}

TEST(Sweep, CoveringPointsShowEveryValue) {
  const auto plan = plan_of({"kd.temperature=[1,2,3]", "ce.weight=[1,2]"});
  std::set<std::string> shown;
  const auto points = covering_points(plan);
  for (const auto& point : points) shown.insert(point.set.begin(), point.set.end());
  EXPECT_EQ(shown.size(), 5u);
  EXPECT_LT(points.size(), plan.points.size());
  EXPECT_EQ(covering_points(plan_of({})).size(), 1u);
}

TEST(Sweep, WrongKeysAndValuesAreRefused) {
  const auto refusal = [](std::vector<std::string> words, int64_t seeds = 1) {
    return tests::user_error_of([&] { plan_of(std::move(words), seeds); });
  };
  const auto says = [&](const std::string& text, const char* part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  says(refusal({"kd.temprature=[1,2]"}), "sweep: unknown option 'kd.temprature'; did you mean 'kd.temperature'?");
  says(refusal({"kd.temperature=[]"}), "the list is empty");
  says(refusal({"kd.temperature=[1,2,1]"}), "1 is given twice");
  says(refusal({"kd.temperature=[1,2]", "kd.temperature=3"}), "kd.temperature: is given twice");
  says(refusal({"kd.temperature"}), "neither key=[a,b,c] nor key=value");
  says(refusal({"kd.temperature=[1"}), "not valid YAML");
  says(refusal({"train.seed=[0,1]"}), "--seeds");
  std::string many = "kd.temperature=[0";
  for (int i = 1; i < 400; ++i) many += "," + std::to_string(i);
  says(refusal({many + "]"}, 26), "more than 10000 runs");
  EXPECT_NE(tests::user_error_of([&] {
              plan_sweep({.assignments = {}, .seeds = 2}, describe_options<SweptTerm>());
            }).find("has no train.seed"),
            std::string::npos);
}

TEST(Sweep, TasksAreSeedBySeedForwardsAndBackwards) {
  const auto plan = plan_of({"kd.temperature=[2,4]"}, 2);
  const auto tasks = sweep_tasks(plan, swept_recipe(), "out", 2);
  std::vector<std::string> names;
  for (const auto& task : tasks) names.push_back(task.name);
  EXPECT_EQ(names, (std::vector<std::string>{"temperature=2-seed0", "temperature=4-seed0", "temperature=4-seed1",
                                             "temperature=2-seed1"}));
  const auto options = Recipe::parse(tasks[2].recipe, "r").read<SweptOptions>();
  EXPECT_EQ(options.kd.temperature, 4);
  EXPECT_EQ(options.kd.weight, 1);
  EXPECT_EQ(options.train.seed, 1);
  // One seed and three begin alike: the runs of the one are not repeated.
  EXPECT_EQ(sweep_tasks(plan, swept_recipe(), "out", 1)[0].recipe, tasks[0].recipe);
}

TEST(Sweep, TheCommandSurvivesAShell) {
  const auto plan = plan_of({"path=[\"it's\"]", "train.milestones=[[1,2]]", "kd.temperature=2"});
  EXPECT_EQ(command_of("my kd.yaml", plan, plan.points[0]),
            "retort run 'my kd.yaml' kd.temperature=2 'path=it'\\''s' 'train.milestones=[1, 2]'");
}

}  // namespace
}  // namespace retort::claims
