// Follows a run that is being trained: its news once a second, its field when a checkpoint is there.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "distil/field/session/field_session.h"

namespace retort::field {

/// A thread that yields to the training (niceness 10), reads nothing while no page is connected, and loads a field at
/// most every ten seconds. When the run ends it brings the finished field and is done.
class TrainingWatch {
 public:
  struct Pace {
    double news_seconds = 1, field_seconds = 10;
  };

  /// `log` must outlive it; `step`: of the checkpoint that the session shows already.
  TrainingWatch(std::shared_ptr<FieldSession> session, std::filesystem::path run_folder, int64_t step,
                spdlog::logger& log, Pace pace);
  /// Stops it, at most after the file that it reads.
  ~TrainingWatch();
  TrainingWatch(const TrainingWatch&) = delete;
  TrainingWatch& operator=(const TrainingWatch&) = delete;

 private:
  void watch();

  std::shared_ptr<FieldSession> session_;
  std::filesystem::path folder_;
  int64_t step_;
  spdlog::logger& log_;
  Pace pace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace retort::field
