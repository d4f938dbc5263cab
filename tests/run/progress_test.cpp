#include "run/progress.h"

#include <gtest/gtest.h>

#include <vector>

namespace retort::run {

namespace {
struct ProgressStage {
  double now = 0;
  std::vector<std::string> written;
  Plan plan{.phases = {{"warm", 100}, {"train", 900}}, .memory_bytes = 0, .notes = {}};

  ProgressOptions options(ProgressStyle style) {
    return {.style = style,
            .columns = 60,
            .write = [this](std::string_view text) { written.emplace_back(text); },
            .clock = [this] { return now; }};
  }
};
}  // namespace

TEST(Progress, BarShowsPhaseRateAndTimeLeftAtMostFiveTimesASecond) {
  ProgressStage stage;
  Progress progress(stage.options(ProgressStyle::bar), stage.plan, 0);
  for (int step = 1; step <= 500; ++step) {
    stage.now += 0.02;
    progress.update(step, "psnr 24.1");
  }
  EXPECT_NEAR(progress.rate(), 50, 0.5);
  EXPECT_NEAR(static_cast<double>(stage.written.size()), 50, 5);
  const auto& last = stage.written.back();
  EXPECT_EQ(last.find("\rtrain ["), 0u) << last;
  EXPECT_NE(last.find("/1000  50.0 steps/s"), std::string::npos) << last;
  EXPECT_EQ(stage.written.front().find("\rwarm ["), 0u);
  EXPECT_LE(last.size(), 1 + 59 + std::string("\x1b[K").size());
  progress.finish(1000, "");
  EXPECT_EQ(stage.written.back().back(), '\n');
  EXPECT_NE(stage.written.back().find("[========================] 1000/1000"), std::string::npos);
}

TEST(Progress, LinesComeNowAndThen) {
  ProgressStage stage;
  Progress progress(stage.options(ProgressStyle::lines), stage.plan, 200);
  for (int step = 201; step <= 400; ++step) {
    stage.now += 0.5;
    progress.update(step, "psnr 24.1");
  }
  EXPECT_NEAR(static_cast<double>(stage.written.size()), 11, 1);
  EXPECT_EQ(stage.written[3], "train 264/1000  2.0 steps/s  ETA 6 min 08 s  psnr 24.1\n");
  EXPECT_NEAR(progress.rate(), 2, 1e-6);
}

TEST(Progress, BytesAreShownInTheirUnits) {
  ProgressStage stage;
  stage.plan.phases = {{"vgg16", 553'433'881}};
  auto options = stage.options(ProgressStyle::lines);
  options.unit = ProgressUnit::bytes;
  Progress progress(options, stage.plan, 100'000'000);
  stage.now += 20;
  progress.update(120'000'000, "");
  EXPECT_EQ(stage.written.back(), "vgg16 120.0 MB/553.4 MB  1.0 MB/s  ETA 7 min 13 s\n");
}

TEST(Progress, SlowStepsCountInSeconds) {
  ProgressStage stage;
  Progress progress(stage.options(ProgressStyle::lines), stage.plan, 0);
  stage.now += 20;
  progress.update(4, "");
  EXPECT_EQ(stage.written.back(), "warm 4/1000  5.0 s/step  ETA 1 h 23 min\n");
}

TEST(Progress, SamplesAreCalledByTheirName) {
  ProgressStage stage;
  stage.plan.phases = {{"cache", 1000}};
  auto options = stage.options(ProgressStyle::lines);
  options.unit = ProgressUnit::samples;
  Progress progress(options, stage.plan, 0);
  stage.now += 20;
  progress.update(500, "");
  EXPECT_EQ(stage.written.back(), "cache 500/1000  25.0 samples/s  ETA 20 s\n");
}

TEST(Progress, SilentMeansSilent) {
  ProgressStage stage;
  Progress progress(stage.options(ProgressStyle::silent), stage.plan, 0);
  stage.now += 100;
  progress.update(4, "");
  progress.finish(1000, "");
  EXPECT_TRUE(stage.written.empty());
  EXPECT_EQ(default_progress_style(true), ProgressStyle::silent);
}

}  // namespace retort::run
