#include "dashboard/dashboard.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "io/atomic_file.h"
#include "run/metrics_tail.h"
#include "run/run_folder.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::dashboard {
namespace {
using Json = nlohmann::json;

void append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::app) << text;
}

run::RunFolder make_run(const std::filesystem::path& folder) {
  run::RunFolderOptions options;
  options.output = folder;
  return run::RunFolder::create(options, {.family = "field",
                                          .method = "feature-3dgs",
                                          .version = "1",
                                          .instruction_set = "scalar",
                                          .threads = 1,
                                          .seed = 0,
                                          .command = "",
                                          .recipe = "field: feature-3dgs\n"});
}

class DashboardTest : public testing::Test {
 protected:
  DashboardTest() {
    auto one = make_run(folder_ / "fox");
    append(folder_ / "fox/metrics.jsonl", "{\"step\":1,\"name\":\"train/loss\",\"value\":0.5}\n");
    io::write_whole_file(folder_ / "secret.txt", "secret");
    std::filesystem::create_directory(folder_ / "no-run");
    std::filesystem::create_directory(folder_ / "fox/pictures");
    io::write_whole_file(folder_ / "fox/pictures/views-0004_12.png", "png");
    std::filesystem::create_symlink(folder_ / "secret.txt", folder_ / "fox/link.txt");
  }

  std::optional<serve::Response> get(std::vector<std::string> path, std::map<std::string, std::string> query = {}) {
    return Dashboard(folder_.path())
        .http({.method = "GET", .path = std::move(path), .query = std::move(query), .body = {}});
  }
  Json json(std::vector<std::string> path, std::map<std::string, std::string> query = {}) {
    return Json::parse(get(std::move(path), std::move(query)).value().content);
  }

  tests::TemporaryFolder folder_;
};

TEST_F(DashboardTest, RunsAreListedAndToldApart) {
  const auto runs = json({"api", "runs"});
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]["name"], "fox");
  EXPECT_EQ(runs[0]["state"], "running");
  EXPECT_FALSE(runs[0]["live"].get<bool>()) << "nobody holds its lock any more";
  EXPECT_FALSE(runs[0]["field"].get<bool>());
  const auto open = run::RunFolder::open(folder_ / "fox");
  EXPECT_TRUE(json({"api", "runs"})[0]["live"].get<bool>());
  EXPECT_EQ(get({"api", "runs", "no-run"})->status, 404);
  EXPECT_FALSE(get({"api", "other"}));
}

TEST_F(DashboardTest, ARunTellsItsRecipeAndPictures) {
  const auto run = json({"api", "runs", "fox"});
  EXPECT_EQ(run["recipe"], "field: feature-3dgs\n");
  EXPECT_EQ(run["pictures"][0]["title"], "views-0004");
  EXPECT_EQ(run["pictures"][0]["step"], 12);
  EXPECT_EQ(run["pictures"][0]["path"], "pictures/views-0004_12.png");
}

TEST_F(DashboardTest, ADamagedRecordIsListedAsThat) {
  io::write_whole_file(folder_ / "fox/run.json", "{\"state\": 7}");
  EXPECT_EQ(json({"api", "runs"})[0]["state"], "damaged");
  EXPECT_THROW(get({"api", "runs", "fox"}), UserError);
}

TEST_F(DashboardTest, OneRunAloneIsItsOwnList) {
  EXPECT_TRUE(Dashboard(folder_ / "fox").find("fox"));
  EXPECT_FALSE(Dashboard(folder_ / "fox").find("secret.txt"));
}

TEST_F(DashboardTest, CurvesGrowFromWhereOneLeftOff) {
  const auto first = json({"api", "runs", "fox", "curves"});
  EXPECT_EQ(first["points"], Json::parse(R"([["train/loss", 1, 0.5, false]])"));
  const auto next = std::to_string(first["next"].get<int64_t>());
  append(folder_ / "fox/metrics.jsonl", "{\"step\":2,\"name\":\"train/lo");
  const auto torn = json({"api", "runs", "fox", "curves"}, {{"after", next}});
  EXPECT_TRUE(torn["points"].empty());
  EXPECT_EQ(torn["next"], first["next"]) << "a torn line waits for its end";
  append(folder_ / "fox/metrics.jsonl", "ss\",\"value\":0.25,\"timing\":true}\nnonsense\n");
  const auto whole = json({"api", "runs", "fox", "curves"}, {{"after", next}});
  EXPECT_EQ(whole["points"], Json::parse(R"([["train/loss", 2, 0.25, true]])"));
  EXPECT_TRUE(json({"api", "runs", "fox", "curves"}, {{"after", "999999"}})["restarted"].get<bool>());
  EXPECT_THROW(get({"api", "runs", "fox", "curves"}, {{"after", "-1"}}), UserError);
}

TEST_F(DashboardTest, FilesComeFromInsideTheRunOnly) {
  EXPECT_EQ(get({"api", "runs", "fox", "file", "pictures", "views-0004_12.png"})->content_type, "image/png");
  const auto recipe = get({"api", "runs", "fox", "file", "recipe.yaml"});
  EXPECT_FALSE(recipe->file.empty());
  EXPECT_TRUE(recipe->inert) << "a run may come from anybody";
  std::filesystem::create_symlink(".lock", folder_ / "fox/open.txt");
  io::write_whole_file(folder_ / "fox/pictures/.hidden", "x");
  for (const std::vector<std::string>& parts : std::vector<std::vector<std::string>>{{"..", "secret.txt"},
                                                                                     {"../secret.txt"},
                                                                                     {"pictures/../../secret.txt"},
                                                                                     {"link.txt"},
                                                                                     {".lock"},
                                                                                     {"open.txt"},
                                                                                     {"pictures/.hidden"},
                                                                                     {"/etc/passwd"},
                                                                                     {""},
                                                                                     {"pictures"}}) {
    std::vector<std::string> path = {"api", "runs", "fox", "file"};
    path.insert(path.end(), parts.begin(), parts.end());
    EXPECT_EQ(get(path)->status, 404) << parts[0];
  }
  EXPECT_EQ(get({"api", "runs", "..", "file", "secret.txt"})->status, 404);
}

TEST(MetricsTail, EndlessLinesDoNotStopIt) {
  const tests::TemporaryFolder folder;
  io::write_whole_file(folder / "metrics.jsonl", std::string(300, 'x') + "\n{\"step\":1,\"name\":\"a\",\"value\":1}\n");
  uint64_t after = 0;
  size_t points = 0;
  for (int turn = 0; turn < 10; ++turn) {
    const auto part = run::read_metrics_after(folder.path(), after, 64);
    after = part.next;
    points += part.points.size();
  }
  EXPECT_EQ(points, 1u);
}

}  // namespace
}  // namespace retort::dashboard
