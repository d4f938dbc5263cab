#include "run/metrics_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/atomic_file.h"
#include "run/event_reader.h"
#include "support/temporary_folder.h"

namespace retort::run {

namespace {
std::string events_of(const std::filesystem::path& run_folder) {
  return io::read_whole_file(run_folder / "tensorboard" / "events.out.tfevents.0000000000.retort", 1 << 20);
}
}  // namespace

TEST(EventFile, ChecksumsAreCrc32c) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);            // the check value of the catalogues
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(masked_crc32c(""), 0xA282EAD8u);
}

TEST(MetricsLog, LinesAndEventsReadBack) {
  const tests::TemporaryFolder folder;
  {
    MetricsLog log(folder.path());
    log.scalar(1, "train/loss", 0.25);
    log.scalar(300, "odd \"name\"\n", -INFINITY);
    log.timing(300, "time/steps_per_second", 34.5);
    log.image(301, "train/view", 24, 16, 3, "PNG bytes");
  }
  const auto text = io::read_whole_file(folder.path() / "metrics.jsonl", 1 << 20);
  EXPECT_EQ(text,
            "{\"step\":1,\"name\":\"train/loss\",\"value\":0.25}\n"
            "{\"step\":300,\"name\":\"odd \\\"name\\\"\\n\",\"value\":\"-inf\"}\n"
            "{\"step\":300,\"name\":\"time/steps_per_second\",\"value\":34.5,\"timing\":true}\n");
  const auto curves = read_curves(folder.path());
  ASSERT_EQ(curves.size(), 3u);
  EXPECT_EQ(curves[0].name, "odd \"name\"\n");
  EXPECT_EQ(curves[0].values, std::vector<double>{-INFINITY});
  EXPECT_TRUE(curves[1].timing);
  EXPECT_EQ(curves[2].steps, std::vector<int64_t>{1});

  bool whole = false;
  const auto events = tests::read_events(events_of(folder.path()), whole);
  EXPECT_TRUE(whole);
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_EQ(events[1].tag, "train/loss");
  EXPECT_EQ(events[1].value, 0.25f);
  EXPECT_EQ(events[1].step, 1);
  EXPECT_GT(events[1].wall_time, 1.6e9);
  EXPECT_EQ(events[2].step, 300);
  EXPECT_EQ(events[4].tag, "train/view");
  EXPECT_EQ(events[4].png, "PNG bytes");
  EXPECT_EQ(events[4].width, 24);
  EXPECT_EQ(events[4].height, 16);
  EXPECT_EQ(events[4].channels, 3);
}

TEST(MetricsLog, IsCutBackToTheCheckpoint) {
  const tests::TemporaryFolder folder;
  MetricsLog log(folder.path());
  log.scalar(1, "loss", 1);
  log.scalar(2, "loss", 2);
  log.mark_checkpoint(2);
  log.scalar(2, "eval", 7);  // written by a later phase at the same step
  log.scalar(3, "loss", 3);
  log.mark_checkpoint(3);
  log.rewind_to_checkpoint(2);
  log.scalar(3, "loss", 30);
  log.flush();
  EXPECT_EQ(comparable_metrics(folder.path()),
            "{\"step\":1,\"name\":\"loss\",\"value\":1}\n{\"step\":2,\"name\":\"loss\",\"value\":2}\n"
            "{\"step\":3,\"name\":\"loss\",\"value\":30}\n");
  bool whole = false;
  const auto events = tests::read_events(events_of(folder.path()), whole);
  EXPECT_TRUE(whole);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[3].value, 30.0f);

  log.rewind_to_checkpoint(0);
  EXPECT_EQ(comparable_metrics(folder.path()), "");
  EXPECT_EQ(events_of(folder.path()), "");
}

TEST(MetricsLog, WithoutTheMarkLaterStepsAreDropped) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder.path() / "metrics.jsonl")
      << "{\"step\":1,\"name\":\"loss\",\"value\":1}\nnot a "
         "line\n{\"step\":\"x\"}\n{\"step\":9,\"name\":\"loss\",\"value\":9}\n"
      << "{\"step\":2,\"name\":\"lo";
  MetricsLog log(folder.path());
  log.rewind_to_checkpoint(5);
  log.scalar(6, "loss", 6);
  log.flush();
  const auto curves = read_curves(folder.path());
  ASSERT_EQ(curves.size(), 1u);
  EXPECT_EQ(curves[0].steps, (std::vector<int64_t>{1, 6}));
}

}  // namespace retort::run
