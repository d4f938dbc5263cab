#include "distil/field/session/training_watch.h"

#include <ATen/Parallel.h>
#include <spdlog/logger.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "distil/field/methods/checkpoint_field.h"
#include "distil/field/session/training_news.h"
#include "run/checkpoint.h"
#include "run/run_folder.h"

namespace retort::field {

namespace {
using WatchClock = std::chrono::steady_clock;
constexpr int watch_niceness = 10;

std::chrono::duration<double> seconds_of(double seconds) { return std::chrono::duration<double>(seconds); }
}  // namespace

TrainingWatch::TrainingWatch(std::shared_ptr<FieldSession> session, std::filesystem::path run_folder, int64_t step,
                             spdlog::logger& log, Pace pace)
    : session_(std::move(session)), folder_(std::move(run_folder)), step_(step), log_(log), pace_(pace) {
  thread_ = std::thread([this] {
    // On Linux a niceness belongs to the thread. Without the right to change it the watch is only a little less polite.
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), watch_niceness);
    at::set_num_threads(1);
    watch();
  });
}

TrainingWatch::~TrainingWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void TrainingWatch::watch() {
  TrainingReader reader(folder_);
  auto next_field = WatchClock::now();
  std::string last_complaint;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, seconds_of(pace_.news_seconds), [&] { return stopping_; })) return;
    }
    if (session_->clients() == 0) continue;
    try {
      const auto record = run::read_run_record(folder_);
      const bool at_work = run::is_at_work(folder_, record);
      session_->tell(training_event(reader.look()));
      if (!at_work) {
        std::optional<GaussianField> last;
        if (record.state == run::RunState::finished) last = load_field(folder_ / "field.safetensors");
        session_->replace_field(std::move(last), false);
        return;
      }
      if (WatchClock::now() < next_field || session_->edited()) continue;
      const auto checkpoints = run::list_checkpoints(folder_);
      if (checkpoints.empty() || checkpoints.front().step <= step_) continue;
      auto found = field_of_checkpoint(folder_, session_->snapshot().field.background);
      next_field =
          WatchClock::now() + std::chrono::duration_cast<WatchClock::duration>(seconds_of(pace_.field_seconds));
      if (!found || found->step <= step_) continue;
      step_ = found->step;
      session_->replace_field(std::move(found->field), true);
    } catch (const std::exception& error) {
      // A checkpoint that was removed between being listed and being read, say; the next look finds another.
      if (last_complaint != error.what()) log_.warn("{}: {}", folder_.string(), error.what());
      last_complaint = error.what();
    }
  }
}

}  // namespace retort::field
