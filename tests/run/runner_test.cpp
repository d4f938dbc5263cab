#include "run/runner.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <map>
#include <set>

#include "core/errors.h"
#include "io/atomic_file.h"
#include "run/checkpoint.h"
#include "run/event_reader.h"
#include "run/metrics_log.h"
#include "run/run_recorder.h"
#include "run/toy_job.h"
#include "support/temporary_folder.h"

namespace retort::run {

namespace {
namespace fs = std::filesystem;
using tests::ToyJob;
using tests::ToyJobOptions;
using tests::ToyWorld;

// Everything that must not depend on how often a run was cut short: products, pictures, last checkpoint, curves.
std::map<std::string, std::string> lasting_content(const fs::path& run_folder) {
  std::map<std::string, std::string> content;
  content["weights"] = io::read_whole_file(run_folder / "weights.safetensors", 1 << 20);
  content["curves"] = comparable_metrics(run_folder);
  bool whole = false;
  const auto file = io::read_whole_file(run_folder / "tensorboard" / "events.out.tfevents.0000000000.retort", 1 << 20);
  for (const auto& event : tests::read_events(file, whole)) {
    if (event.tag.starts_with("time/")) continue;
    content["events"] += fmt::format("{} {} {} {}\n", event.step, event.tag, event.value, event.png.size());
  }
  EXPECT_TRUE(whole);
  const auto newest = list_checkpoints(run_folder).at(0);
  content[newest.path.filename()] = io::read_whole_file(newest.path, 1 << 20);
  for (const auto& picture : list_pictures(run_folder)) {
    content[picture.path.filename()] = io::read_whole_file(picture.path, 1 << 20);
  }
  for (const auto& product : read_run_record(run_folder).products) content["hash of " + product.name] = product.sha256;
  return content;
}

RunOutcome start_toy(const fs::path& path, const ToyJobOptions& job_options, ToyWorld& world) {
  auto folder = tests::toy_folder(path);
  ToyJob job(job_options, world.context.random);
  return run_job(job, folder, world.context, tests::quiet_run());
}

RunOutcome resume_toy(const fs::path& path, const ToyJobOptions& job_options, ToyWorld& world) {
  auto folder = RunFolder::open(path);
  ToyJob job(job_options, world.context.random);
  return run_job(job, folder, world.context, tests::quiet_run());
}

const std::map<std::string, std::string>& undisturbed_content() {
  static const auto content = [] {
    const tests::TemporaryFolder root;
    ToyWorld world;
    start_toy(root / "run", {}, world);
    return lasting_content(root / "run");
  }();
  return content;
}

// Runs the toy in a process of its own, which is killed after so many steps; returns whether it was.
bool run_and_kill(const fs::path& path, int64_t kill_after, bool fresh) {
  const pid_t child = fork();
  if (child == 0) {
    ToyWorld world;
    int64_t steps = 0;
    const ToyJobOptions options{.before_step = [&](int64_t) {
      if (++steps > kill_after) raise(SIGKILL);
    }};
    fresh ? start_toy(path, options, world) : resume_toy(path, options, world);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}
}  // namespace

TEST(Runner, RunsToTheEndAndWritesTheRecord) {
  const tests::TemporaryFolder root;
  ToyWorld world;
  const auto outcome = start_toy(root / "run", {}, world);
  EXPECT_EQ(outcome.kind, RunOutcome::Kind::finished);
  EXPECT_EQ(outcome.steps_done, 60);
  ASSERT_EQ(outcome.products.size(), 2u);
  const auto record = read_run_record(root / "run");
  EXPECT_EQ(record.state, RunState::finished);
  EXPECT_EQ(record.steps_done, 60);
  EXPECT_EQ(record.steps_planned, 60);
  EXPECT_GT(record.peak_memory_bytes, 1'000'000u);
  EXPECT_EQ(record.products[0].sha256.size(), 64u);
  const auto checkpoints = list_checkpoints(root / "run");
  ASSERT_EQ(checkpoints.size(), 2u);
  EXPECT_EQ(checkpoints[0].step, 60);
  EXPECT_EQ(checkpoints[1].step, 56);

  const auto pictures = list_pictures(root / "run");
  ASSERT_EQ(pictures.size(), 3u);
  EXPECT_EQ(pictures[0].title, "eval-view");
  EXPECT_EQ(pictures[1].step, 1);
  EXPECT_EQ(pictures[2].step, 41);
  const auto curves = read_curves(root / "run");
  ASSERT_GE(curves.size(), 2u);
  EXPECT_EQ(curves[0].name, "eval/psnr");
  EXPECT_EQ(curves[0].steps, std::vector<int64_t>{60});

  int64_t steps = 0;
  const auto again = resume_toy(root / "run", {.before_step = [&](int64_t) { ++steps; }}, world);
  EXPECT_EQ(again.kind, RunOutcome::Kind::finished);
  EXPECT_EQ(again.products.size(), 2u);
  EXPECT_EQ(steps, 0);
}

TEST(Runner, StoppedAnywhereAndResumedGivesTheSameBytes) {
  const auto expected = undisturbed_content();
  for (const int64_t stop_at : {1, 7, 33, 60}) {
    const tests::TemporaryFolder root;
    ToyWorld world;
    const auto outcome = start_toy(root / "run",
                                   {.before_step =
                                        [&](int64_t step) {
                                          if (step == stop_at) world.stop.request(SIGTERM);
                                        }},
                                   world);
    EXPECT_EQ(outcome.kind, RunOutcome::Kind::stopped);
    EXPECT_EQ(outcome.signal, SIGTERM);
    EXPECT_EQ(outcome.steps_done, stop_at);
    EXPECT_EQ(read_run_record(root / "run").state, RunState::stopped);
    EXPECT_EQ(list_checkpoints(root / "run").at(0).step, stop_at);
    ToyWorld later;
    EXPECT_EQ(resume_toy(root / "run", {}, later).kind, RunOutcome::Kind::finished);
    EXPECT_EQ(lasting_content(root / "run"), expected) << "stopped at " << stop_at;
  }
}

TEST(Runner, StoppedBeforeTheFirstStepStartsAnew) {
  const tests::TemporaryFolder root;
  ToyWorld world;
  world.stop.request(SIGINT);
  EXPECT_EQ(start_toy(root / "run", {}, world).kind, RunOutcome::Kind::stopped);
  EXPECT_TRUE(list_checkpoints(root / "run").empty());
  ToyWorld later;
  resume_toy(root / "run", {}, later);
  EXPECT_EQ(lasting_content(root / "run"), undisturbed_content());
}

TEST(Runner, KilledAtRandomStepsAndResumedGivesTheSameBytes) {
  const auto expected = undisturbed_content();
  auto draws = RandomTree(11).child("kills").generator();
  for (int round = 0; round < 3; ++round) {
    const tests::TemporaryFolder root;
    bool killed = run_and_kill(root / "run", draws.integer(60), true);
    EXPECT_TRUE(killed);
    // At least a checkpoint's distance, so that every life gets ahead.
    while (killed) killed = run_and_kill(root / "run", 8 + draws.integer(30), false);
    EXPECT_EQ(lasting_content(root / "run"), expected) << "round " << round;
  }
}

TEST(Runner, KilledInTheLastPhaseRepeatsOnlyThat) {
  const tests::TemporaryFolder root;
  ToyWorld world;
  start_toy(root / "run", {}, world);
  // As if the process had died between the products and the record.
  {
    auto folder = RunFolder::open(root / "run");
    folder.record().state = RunState::running;
    folder.write_record();
  }
  int64_t steps = 0;
  resume_toy(root / "run", {.before_step = [&](int64_t) { ++steps; }}, world);
  EXPECT_EQ(steps, 0);
  EXPECT_EQ(lasting_content(root / "run"), undisturbed_content());
}

TEST(Runner, ADamagedCheckpointCostsOnlyTheStepsSinceTheOneBefore) {
  const tests::TemporaryFolder root;
  ASSERT_TRUE(run_and_kill(root / "run", 30, true));
  const auto newest = list_checkpoints(root / "run").at(0);
  EXPECT_EQ(newest.step, 28);
  fs::resize_file(newest.path, fs::file_size(newest.path) - 3);
  std::set<int64_t> steps;
  ToyWorld world;
  resume_toy(root / "run", {.before_step = [&](int64_t step) { steps.insert(step); }}, world);
  EXPECT_EQ(*steps.begin(), 22);
  EXPECT_EQ(lasting_content(root / "run"), undisturbed_content());
}

TEST(Runner, NanAndExceptionsFailTheRunButKeepItsState) {
  const tests::TemporaryFolder root;
  ToyWorld world;
  EXPECT_THROW(start_toy(root / "nan", {.nan_at = 17}, world), Fault);
  auto record = read_run_record(root / "nan");
  EXPECT_EQ(record.state, RunState::failed);
  EXPECT_NE(record.message.find("train/loss is not a number (NaN) at step 17"), std::string::npos) << record.message;
  EXPECT_EQ(list_checkpoints(root / "nan").at(0).step, 14);

  const auto break_down = [](int64_t step) {
    if (step == 20) throw std::runtime_error("the disk is full\nstack of calls");
  };
  EXPECT_THROW(start_toy(root / "disk", {.before_step = break_down}, world), std::runtime_error);
  EXPECT_EQ(read_run_record(root / "disk").message, "the disk is full");
  resume_toy(root / "disk", {}, world);
  EXPECT_EQ(lasting_content(root / "disk"), undisturbed_content());
}

TEST(Runner, CheckpointsByTimeToo) {
  const tests::TemporaryFolder root;
  ToyWorld world;
  auto folder = tests::toy_folder(root / "run");
  ToyJob job({.steps = 6, .microseconds_a_step = 3000}, world.context.random);
  auto options = tests::quiet_run();
  options.checkpoint_every_steps = 0;
  options.checkpoint_every_seconds = 1e-3;
  run_job(job, folder, world.context, options);
  const auto checkpoints = list_checkpoints(root / "run");
  ASSERT_EQ(checkpoints.size(), 2u);
  EXPECT_EQ(checkpoints[1].step, 5);
}

TEST(Runner, PlanIsPrinted) {
  ToyJob job({}, RandomTree(1));
  EXPECT_EQ(plan_text(job.plan()),
            "phase   warm: 20 steps\nphase   train: 40 steps\nsteps   60\nmemory  about 1.0 MB\nnote    a toy\n");
}

}  // namespace retort::run
