// Whether a job that is stopped and resumed makes the bytes of an undisturbed one.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/atomic_file.h"
#include "run/checkpoint.h"
#include "run/toy_job.h"
#include "support/temporary_folder.h"

namespace retort::tests {

using JobMaker = std::function<std::unique_ptr<run::Job>(RandomTree)>;

/// Asks to stop when the job within has done so many steps.
class StopsAfter : public run::Job {
 public:
  StopsAfter(std::unique_ptr<run::Job> job, int64_t steps, StopFlag& stop)
      : job_(std::move(job)), steps_(steps), stop_(stop) {}

  run::Plan plan() override { return job_->plan(); }
  std::string resolved_recipe() override { return job_->resolved_recipe(); }
  int64_t steps_done() const override { return job_->steps_done(); }
  bool step(run::Recorder& recorder) override {
    const bool did = job_->step(recorder);
    if (job_->steps_done() == steps_) stop_.request(SIGTERM);
    return did;
  }
  void save(run::StateWriter& writer) const override { job_->save(writer); }
  void load(const run::StateReader& reader) override { job_->load(reader); }
  run::Products finish(const std::filesystem::path& folder, run::Recorder& recorder) override {
    return job_->finish(folder, recorder);
  }

 private:
  std::unique_ptr<run::Job> job_;
  int64_t steps_;
  StopFlag& stop_;
};

/// Bytes of all products and of the newest checkpoint.
inline std::map<std::string, std::string> made_by(const std::filesystem::path& folder) {
  constexpr uint64_t max_bytes = 1 << 24;
  std::map<std::string, std::string> made;
  for (const auto& product : run::read_run_record(folder).products)
    made[product.path] = io::read_whole_file(folder / product.path, max_bytes);
  const auto newest = run::list_checkpoints(folder).at(0).path;
  made[newest.filename()] = io::read_whole_file(newest, max_bytes);
  return made;
}

/// Runs the job whole, then once for each of `stops` stopped there and resumed; expects the same bytes.
inline void expect_resumes_to_the_bit(const JobMaker& make, const std::vector<int64_t>& stops) {
  const TemporaryFolder root;
  const auto run_on = [&](run::RunFolder folder, int64_t stop_at) {
    ToyWorld world;
    StopsAfter job(make(world.context.random), stop_at, world.stop);
    return run::run_job(job, folder, world.context, quiet_run()).kind;
  };
  ASSERT_EQ(run_on(toy_folder(root / "whole"), -1), run::RunOutcome::Kind::finished);
  const auto wanted = made_by(root / "whole");
  for (const int64_t stop : stops) {
    const auto path = root / ("stopped" + std::to_string(stop));
    ASSERT_EQ(run_on(toy_folder(path), stop), run::RunOutcome::Kind::stopped) << stop;
    ASSERT_EQ(run_on(run::RunFolder::open(path), -1), run::RunOutcome::Kind::finished) << stop;
    EXPECT_TRUE(made_by(path) == wanted) << "stopped after step " << stop;
  }
}

}  // namespace retort::tests
