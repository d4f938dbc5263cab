#include "run/runner.h"

#include <spdlog/logger.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "core/errors.h"
#include "core/text.h"
#include "run/checkpoint.h"
#include "run/metrics_log.h"
#include "run/product.h"
#include "run/report.h"
#include "run/run_recorder.h"

namespace retort::run {

namespace {
double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

uint64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

// 0 for none. Takes a copy, which it may reorder.
double median(std::vector<float> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// One process's share of a run.
class RunSession {
 public:
  RunSession(Job& job, RunFolder& folder, Context& context, const RunOptions& options)
      : job_(job),
        folder_(folder),
        context_(context),
        options_(options),
        log_(folder.path()),
        recorder_(folder.path(), log_),
        started_(seconds_now()),
        seconds_before_(folder.record().seconds) {}

  RunOutcome run() {
    const auto plan = job_.plan();
    begin(plan);
    Progress progress(options_.progress, plan, job_.steps_done());
    bool stopped = false;
    double next_rate = seconds_now() + seconds_between_rates;
    while (!(stopped = context_.stop.requested())) {
      recorder_.set_step(job_.steps_done() + 1);
      const double step_started = seconds_now();
      if (!job_.step(recorder_)) break;
      step_seconds_.push_back(static_cast<float>(seconds_now() - step_started));
      progress.update(job_.steps_done(), recorder_.status_text());
      const double now = seconds_now();
      if (now >= next_rate && progress.rate() > 0) {
        recorder_.timing("time/steps_per_second", progress.rate());
        next_rate = now + seconds_between_rates;
      }
      if (checkpoint_due(now)) save();
    }
    if (job_.steps_done() > saved_step_) save();
    progress.finish(job_.steps_done(), recorder_.status_text());
    return stopped ? end_stopped() : end_finished();
  }

  // Notes what went wrong, as far as the machine still lets us.
  void note_failure(const std::string& message) noexcept {
    try {
      // Libraries append call stacks; the first line says what happened.
      end(RunState::failed, message.substr(0, message.find('\n')));
    } catch (const std::exception& error) {
      context_.log.error("{}: the failure can't be noted in run.json: {}", folder_.path().string(), error.what());
    }
  }

 private:
  static constexpr double seconds_between_rates = 5, seconds_between_records = 10;

  void begin(const Plan& plan) {
    auto& record = folder_.record();
    remove_partial_checkpoints(folder_.path());
    if (const auto latest = load_latest_checkpoint(folder_.path())) {
      for (const auto& warning : latest->warnings) context_.log.warn("{}", warning);
      job_.load(latest->state);
      saved_step_ = latest->file.step;
      RT_CHECK(job_.steps_done() == saved_step_, "{}: the job is at step {} after loading", latest->file.path.string(),
               job_.steps_done());
      context_.log.info("resumed at step {} from {}", saved_step_, latest->file.path.string());
    }
    log_.rewind_to_checkpoint(saved_step_);
    recorder_.rewind_to_step(saved_step_);
    for (const auto& note : plan.notes) context_.log.info("{}", note);
    saved_at_ = seconds_now();
    record.state = RunState::running;
    record.message.clear();
    record.products.clear();
    record.steps_planned = plan.total_steps();
    write_record();
  }

  bool checkpoint_due(double now) const {
    const int64_t every = options_.checkpoint_every_steps, done = job_.steps_done();
    if (done <= saved_step_) return false;
    if (every > 0 && done / every > saved_step_ / every) return true;
    return options_.checkpoint_every_seconds > 0 && now - saved_at_ >= options_.checkpoint_every_seconds;
  }

  void save() {
    const int64_t step = job_.steps_done();
    StateWriter state;
    job_.save(state);
    // First the mark, then the checkpoint: a mark without one is passed over, one without mark loses its place.
    log_.mark_checkpoint(step);
    write_checkpoint(folder_.path(), step, state);
    saved_step_ = step;
    saved_at_ = seconds_now();
    // Only `retort list` and the like look at the record of a run at work.
    if (saved_at_ - recorded_at_ >= seconds_between_records) write_record();
  }

  void write_record() {
    auto& record = folder_.record();
    record.steps_done = job_.steps_done();
    recorded_at_ = seconds_now();
    record.seconds = seconds_before_ + recorded_at_ - started_;
    record.peak_memory_bytes = peak_memory_bytes();
    record.median_step_seconds = median(step_seconds_);
    folder_.write_record();
  }

  void end(RunState state, const std::string& message) {
    log_.flush();
    folder_.record().state = state;
    folder_.record().message = message;
    write_record();
    if (options_.report) write_report(folder_.path(), folder_.record());
  }

  RunOutcome end_stopped() {
    const int signal = context_.stop.signal();
    end(RunState::stopped, fmt::format("stopped by signal {}", signal));
    return {.kind = RunOutcome::Kind::stopped, .signal = signal, .steps_done = job_.steps_done(), .products = {}};
  }

  RunOutcome end_finished() {
    recorder_.set_step(job_.steps_done());
    auto& record = folder_.record();
    for (const auto& product : job_.finish(folder_.path(), recorder_)) {
      record.products.push_back(hash_product(folder_.path(), product));
    }
    end(RunState::finished, "");
    return {
        .kind = RunOutcome::Kind::finished, .signal = 0, .steps_done = job_.steps_done(), .products = record.products};
  }

  Job& job_;
  RunFolder& folder_;
  Context& context_;
  const RunOptions& options_;
  MetricsLog log_;
  RunRecorder recorder_;
  std::vector<float> step_seconds_;  // of this process's steps; four bytes each
  double started_, seconds_before_, saved_at_ = 0, recorded_at_ = 0;
  int64_t saved_step_ = 0;
};
}  // namespace

RunOutcome run_job(Job& job, RunFolder& folder, Context& context, const RunOptions& options) {
  const auto& record = folder.record();
  if (record.state == RunState::finished) {
    context.log.info("{}: finished already", folder.path().string());
    return {
        .kind = RunOutcome::Kind::finished, .signal = 0, .steps_done = record.steps_done, .products = record.products};
  }
  RunSession session(job, folder, context, options);
  try {
    return session.run();
  } catch (const std::exception& error) {
    session.note_failure(error.what());
    throw;
  }
}

std::string plan_text(const Plan& plan) {
  std::string text;
  for (const auto& phase : plan.phases) text += fmt::format("phase   {}: {} steps\n", phase.name, phase.steps);
  text += fmt::format("steps   {}\n", plan.total_steps());
  if (plan.memory_bytes > 0)
    text += fmt::format("memory  about {}\n", human_bytes(static_cast<double>(plan.memory_bytes)));
  for (const auto& note : plan.notes) text += fmt::format("note    {}\n", note);
  return text;
}

}  // namespace retort::run
