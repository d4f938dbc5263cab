#include "distil/field/session/training_watch.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "core/log.h"
#include "distil/field/methods/checkpoint_field.h"
#include "distil/field/session/page_double.h"
#include "distil/field/session/session_fields.h"
#include "run/checkpoint.h"
#include "run/run_folder.h"
#include "support/temporary_folder.h"
#include "support/user_error.h"

namespace retort::field {
namespace {
using Json = nlohmann::json;

GaussianField repeated_balls(int64_t times) {
  auto field = tests::two_balls().field;
  for (auto& [name, tensor] : field.splats.named()) *tensor = at::cat(std::vector<at::Tensor>(times, *tensor));
  return field;
}

run::RunFolder create_run(const std::filesystem::path& folder, bool overwrite) {
  run::RunDescription description;
  description.family = "field";
  description.recipe = "distil: field\n";
  run::RunFolderOptions options;
  options.output = folder;
  options.overwrite = overwrite;
  return run::RunFolder::create(options, description);
}

class TrainingWatchTest : public testing::Test {
 protected:
  TrainingWatchTest() {
    auto folder = create_run(run_, false);
    write_record(folder, run::RunState::stopped);
  }

  static void write_record(run::RunFolder& folder, run::RunState state) {
    folder.record().state = state;
    folder.record().steps_planned = 100;
    folder.write_record();
  }
  void write_checkpoint(int64_t step, const GaussianField& field, int64_t sh_degree = 2) const {
    run::StateWriter state;
    for (const auto& [name, tensor] : field.splats.named()) state.tensor(std::string("splats.") + name, *tensor);
    state.integer("sh_degree", sh_degree);
    run::write_checkpoint(run_, step, state);
  }
  void watch() {
    auto opened = tests::two_balls();
    opened.folder = run_;
    opened.is_run = true;
    session_ = FieldSession::open(std::move(opened), pool_, *log_, Isa::scalar);
    listener_ = session_->connect(page_);
    watch_.emplace(session_, run_, *log_, TrainingWatch::Pace{.news_seconds = 0.005, .field_seconds = 0});
  }
  // The next event of that kind which `fits`; null when none comes.
  Json next_event(const std::string& event, const std::function<bool(const Json&)>& fits) {
    const auto guard = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < guard) {
      for (; !heard_.empty(); heard_.erase(heard_.begin())) {
        if (heard_.front().binary) continue;
        auto json = Json::parse(heard_.front().content);
        if (json.value("event", "") == event && fits(json)) return json;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      heard_ = page_->take();
    }
    return {};
  }
  bool hears_field(int64_t splats) {
    return !next_event("field", [&](const Json& json) { return json["splats"] == splats; }).is_null();
  }

  tests::TemporaryFolder folder_;
  std::filesystem::path run_ = folder_ / "run";
  ThreadPool pool_{1};
  std::shared_ptr<spdlog::logger> log_ = make_logger(LogLevel::quiet);
  std::shared_ptr<tests::PageDouble> page_ = std::make_shared<tests::PageDouble>();
  std::vector<tests::HeardPart> heard_;
  std::shared_ptr<FieldSession> session_;
  serve::Handlers::Listener listener_;
  std::optional<TrainingWatch> watch_;
};

TEST_F(TrainingWatchTest, ARunThatBeginsLaterIsFollowedToItsEnd) {
  watch();
  std::optional folder(run::RunFolder::open(run_));
  write_record(*folder, run::RunState::running);
  std::ofstream(run_ / "metrics.jsonl") << "{\"step\":7,\"name\":\"train/loss\",\"value\":0.5}\n";
  const auto news = next_event("training", [](const Json& json) { return json["step"] == 7; });
  ASSERT_FALSE(news.is_null());
  EXPECT_TRUE(news["live"].get<bool>());
  EXPECT_EQ(news["scalars"]["train/loss"], 0.5);
  EXPECT_TRUE(Json::parse(session_->description())["live"].get<bool>());

  write_checkpoint(8, repeated_balls(2));
  ASSERT_TRUE(hears_field(160));
  EXPECT_EQ(session_->snapshot().field.sh_degree, 2) << "as the checkpoint says";

  save_field(run_ / "field.safetensors", repeated_balls(3));
  write_record(*folder, run::RunState::finished);
  folder.reset();
  ASSERT_FALSE(next_event("training", [](const Json& json) { return !json["live"].get<bool>(); }).is_null());
  ASSERT_TRUE(hears_field(240));
  EXPECT_FALSE(Json::parse(session_->description())["live"].get<bool>());
}

TEST_F(TrainingWatchTest, ARunThatBeginsAnewShowsItsOwnSteps) {
  watch();
  {
    auto folder = run::RunFolder::open(run_);
    write_record(folder, run::RunState::running);
    write_checkpoint(50, repeated_balls(2));
    ASSERT_TRUE(hears_field(160));
    write_record(folder, run::RunState::stopped);
    ASSERT_FALSE(next_event("training", [](const Json& json) { return !json["live"].get<bool>(); }).is_null());
  }
  auto again = create_run(run_, true);
  again.record().started_at = "2001-01-01T00:00:00Z";  // both began within a second
  write_record(again, run::RunState::running);
  write_checkpoint(3, repeated_balls(3));
  EXPECT_TRUE(hears_field(240));
}

TEST_F(TrainingWatchTest, ASelectionIsSavedWhileTheRunIsAtWork) {
  auto folder = run::RunFolder::open(run_);
  write_record(folder, run::RunState::running);
  write_checkpoint(20, repeated_balls(2));
  watch();
  ASSERT_TRUE(hears_field(160));
  listener_.heard(R"({"id": 1, "op": "select_all"})", false);
  listener_.heard(R"({"id": 2, "op": "save", "name": "all"})", false);
  session_->wait_until_idle();
  std::string answer;
  for (const auto& part : page_->take()) {
    if (!part.binary && Json::parse(part.content).value("id", 0) == 2) answer = part.content;
  }
  ASSERT_FALSE(answer.empty());
  EXPECT_EQ(Json::parse(answer)["step"], 20) << answer;
  save_field(run_ / "field.safetensors", repeated_balls(3));
  write_record(folder, run::RunState::finished);  // as a run does that never heard of it
  const auto products = run::read_run_record(run_).products;
  ASSERT_EQ(products.size(), 1u);
  EXPECT_EQ(products[0].name, "selection/all");
}

TEST_F(TrainingWatchTest, ACheckpointWithAnImpossibleDegreeIsRefused) {
  write_checkpoint(1, repeated_balls(1), 4);
  EXPECT_NE(tests::user_error_of([&] { field_of_checkpoint(run_); }).find("SH degree 4 should be 0 to 3"),
            std::string::npos);
}

}  // namespace
}  // namespace retort::field
