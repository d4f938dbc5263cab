// Follows a run that is being trained: its news once a second, its field when a checkpoint is there.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "distil/field/session/field_session.h"
#include "distil/field/session/training_news.h"

namespace retort::field {

/// A thread that yields to the training (niceness 10), reads nothing while no page is connected, and loads a field at
/// most every ten seconds. When the run ends it brings the finished field. A run that isn't at work may begin again
/// (`retort resume`, --overwrite): until then only the file status of run.json is looked at.
class TrainingWatch {
 public:
  struct Pace {
    double news_seconds = 1, field_seconds = 10;
  };

  /// `session` shows the run in `run_folder`; `log` must outlive the watch.
  TrainingWatch(std::shared_ptr<FieldSession> session, std::filesystem::path run_folder, spdlog::logger& log,
                Pace pace);
  /// Stops it, at most after the file that it reads.
  ~TrainingWatch();
  TrainingWatch(const TrainingWatch&) = delete;
  TrainingWatch& operator=(const TrainingWatch&) = delete;

 private:
  void watch();
  bool record_was_written();
  void look();
  void show_checkpoint();
  void show_end(bool finished);

  std::shared_ptr<FieldSession> session_;
  std::filesystem::path folder_;
  spdlog::logger& log_;
  Pace pace_;

  // The thread's alone.
  bool following_;
  int64_t step_;            // of the checkpoint that the session shows
  std::string started_at_;  // of the run that was last seen in the folder; empty: none yet
  std::optional<TrainingReader> reader_;
  std::chrono::steady_clock::time_point next_field_;
  ino_t seen_file_ = 0;
  int64_t seen_at_ = 0;  // nanoseconds

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace retort::field
