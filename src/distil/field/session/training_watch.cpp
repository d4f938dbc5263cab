#include "distil/field/session/training_watch.h"

#include <ATen/Parallel.h>
#include <spdlog/logger.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "distil/field/methods/checkpoint_field.h"
#include "run/checkpoint.h"
#include "run/run_folder.h"

namespace retort::field {

namespace {
using WatchClock = std::chrono::steady_clock;
constexpr int watch_niceness = 10;

std::chrono::duration<double> seconds_of(double seconds) { return std::chrono::duration<double>(seconds); }
}  // namespace

TrainingWatch::TrainingWatch(std::shared_ptr<FieldSession> session, std::filesystem::path run_folder,
                             spdlog::logger& log, Pace pace)
    : session_(std::move(session)),
      folder_(std::move(run_folder)),
      log_(log),
      pace_(pace),
      following_(session_->opened().live),
      step_(checkpoint_step(session_->opened().field).value_or(0)) {
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
  std::string last_complaint;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, seconds_of(pace_.news_seconds), [&] { return stopping_; })) return;
    }
    if (session_->clients() == 0) continue;
    try {
      if (following_ || record_was_written()) look();
    } catch (const std::exception& error) {
      // A checkpoint that was removed between being listed and being read, say; the next look finds another.
      if (last_complaint != error.what()) log_.warn("{}: {}", folder_.string(), error.what());
      last_complaint = error.what();
    }
  }
}

// Whether run.json is another file than at the last call: it is always replaced, never written into.
bool TrainingWatch::record_was_written() {
  struct stat status {};
  if (stat((folder_ / "run.json").c_str(), &status) != 0) return false;
  const int64_t written = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  if (status.st_ino == seen_file_ && written == seen_at_) return false;
  seen_file_ = status.st_ino;
  seen_at_ = written;
  return true;
}

void TrainingWatch::look() {
  const auto record = run::read_run_record(folder_);
  if (record.started_at != started_at_) {
    if (!started_at_.empty()) step_ = 0;  // another run took the place of the one that was here
    started_at_ = record.started_at;
    reader_.reset();
  }
  const bool at_work = run::is_at_work(folder_, record);
  if (!following_ && !at_work) return;
  if (!following_) {
    following_ = true;
    session_->replace_field(std::nullopt, true);
  }
  if (!reader_) reader_.emplace(folder_);
  session_->tell(training_event(reader_->look(), at_work));
  if (at_work) {
    show_checkpoint();
  } else {
    show_end(record.state == run::RunState::finished);
  }
}

void TrainingWatch::show_checkpoint() {
  if (WatchClock::now() < next_field_ || session_->edited()) return;
  const auto checkpoints = run::list_checkpoints(folder_);
  if (checkpoints.empty() || checkpoints.front().step <= step_) return;
  auto found = field_of_checkpoint(folder_, session_->snapshot().field.background);
  next_field_ = WatchClock::now() + std::chrono::duration_cast<WatchClock::duration>(seconds_of(pace_.field_seconds));
  if (!found || found->step <= step_) return;
  step_ = found->step;
  session_->replace_field(std::move(found->field), true);
}

void TrainingWatch::show_end(bool finished) {
  following_ = false;
  reader_.reset();
  session_->replace_field(std::nullopt, false);
  if (finished) session_->replace_field(load_field(folder_ / "field.safetensors"), false);
}

}  // namespace retort::field
