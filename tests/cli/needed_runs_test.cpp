#include "cli/needed_runs.h"

#include <gtest/gtest.h>

#include <fstream>

#include "run/run_folder.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::cli {
namespace {

namespace fs = std::filesystem;

/// Recipes in one folder, runs in another.
struct NeedfulRecipes {
  tests::TemporaryFolder folder;

  void write(const std::string& name, const std::string& needs, const std::string& method = "ce") const {
    std::ofstream(folder / name) << "distil: model\nmethod: " << method << "\n" << needs;
  }
  std::vector<NeededRun> plan(const std::string& name) const {
    return plan_needed_runs(Recipe::load(folder / name), folder / "runs", {});
  }
  void make_run(const std::string& name, run::RunState state, const std::string& method = "ce") const {
    run::RunDescription description;
    description.family = "model";
    description.method = method;
    description.recipe = "distil: model\nmethod: " + method + "\n";
    auto run = run::RunFolder::create({.output = folder / "runs" / name}, description);
    run.record().state = state;
    run.write_record();
  }
  std::string refusal(const std::string& name) const {
    return tests::user_error_of([&] { plan(name); });
  }
};

std::vector<std::string> names_of_runs(const std::vector<NeededRun>& needs) {
  std::vector<std::string> names;
  for (const auto& need : needs) names.push_back(need.name);
  return names;
}

TEST(NeededRuns, ComeInTheOrderInWhichTheyCanBeMade) {
  const NeedfulRecipes recipes;
  recipes.write("big.yaml", "");
  recipes.write("teacher.yaml", "needs: {big: big.yaml}\n");
  recipes.write("student.yaml", "needs: {teacher: teacher.yaml, big: big.yaml}\n");
  const auto plan = recipes.plan("student.yaml");
  EXPECT_EQ(names_of_runs(plan), (std::vector<std::string>{"big", "teacher"}));
  EXPECT_EQ(plan[1].folder, recipes.folder / "runs/teacher");
  EXPECT_EQ(plan[1].state, NeedState::missing);
  // What the needed run keeps finds its own needs from anywhere.
  EXPECT_EQ(plan[1].recipe.needs().front().second, fs::canonical(recipes.folder / "big.yaml").string());
  EXPECT_TRUE(recipes.plan("big.yaml").empty());
}

TEST(NeededRuns, KnowWhatIsThereAlready) {
  const NeedfulRecipes recipes;
  recipes.write("ce.yaml", "");
  recipes.write("student.yaml", "needs: {done: ce.yaml, broken: ce.yaml, absent: ce.yaml}\n");
  recipes.make_run("done", run::RunState::finished);
  recipes.make_run("broken", run::RunState::stopped);
  const auto plan = recipes.plan("student.yaml");
  ASSERT_EQ(plan.size(), 3U);
  EXPECT_EQ(plan[0].state, NeedState::finished);
  EXPECT_EQ(plan[1].state, NeedState::unfinished);
  EXPECT_EQ(plan[2].state, NeedState::missing);
  EXPECT_NE(plan[1].description().find("is unfinished and is resumed first"), std::string::npos);
  EXPECT_NE(tests::user_error_of([&] { refuse_own_folder(plan, recipes.folder / "runs/absent"); }).find("'absent'"),
            std::string::npos);
  EXPECT_NO_THROW(refuse_own_folder(plan, recipes.folder / "runs/other"));
  EXPECT_NO_THROW(refuse_own_folder(plan, ""));
}

TEST(NeededRuns, CirclesAndContradictionsAreRefused) {
  const NeedfulRecipes recipes;
  recipes.write("self.yaml", "needs: {x: self.yaml}\n");
  EXPECT_NE(recipes.refusal("self.yaml").find("in a circle"), std::string::npos);
  recipes.write("a.yaml", "needs: {b: b.yaml}\n");
  recipes.write("b.yaml", "needs: {c: c.yaml}\n");
  recipes.write("c.yaml", "needs: {a: a.yaml}\n");
  const auto message = recipes.refusal("a.yaml");
  EXPECT_NE(message.find("c.yaml: needs.a"), std::string::npos) << message;
  EXPECT_NE(message.find("b.yaml -> "), std::string::npos) << message;
  recipes.write("leaf1.yaml", "");
  recipes.write("leaf2.yaml", "");
  recipes.write("middle.yaml", "needs: {leaf: leaf1.yaml}\n");
  recipes.write("top.yaml", "needs: {middle: middle.yaml, leaf: leaf2.yaml}\n");
  EXPECT_NE(recipes.refusal("top.yaml").find("needs.leaf: stands for two recipes"), std::string::npos);
  recipes.write("lost.yaml", "needs: {x: absent.yaml}\n");
  EXPECT_NE(recipes.refusal("lost.yaml").find("absent.yaml"), std::string::npos);
  recipes.make_run("other", run::RunState::finished, "kd");
  recipes.write("wrong.yaml", "needs: {other: leaf1.yaml}\n");
  EXPECT_NE(recipes.refusal("wrong.yaml").find("holds a run of the method 'kd'"), std::string::npos);
}

}  // namespace
}  // namespace retort::cli
