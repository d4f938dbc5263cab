// What a run in training has to tell, read from its folder: nothing is asked of the training itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "run/metrics_tail.h"

namespace retort::field {

struct TrainingNews {
  int64_t step = 0, planned = 0;
  double seconds = 0;                     ///< spent training
  std::optional<double> eta_seconds;      ///< to the end; none before the pace is known
  std::map<std::string, double> scalars;  ///< the last value of each curve
  int64_t splats = 0;                     ///< 0: not known yet
};

/// Looks again; keeps its place in the curves between the calls.
class TrainingReader {
 public:
  explicit TrainingReader(std::filesystem::path run_folder) : folder_(std::move(run_folder)), tail_(folder_) {}
  /// UserError when the record can't be read.
  TrainingNews look();

 private:
  std::filesystem::path folder_;
  run::MetricsTail tail_;
  TrainingNews news_;
  double rate_ = 0;  ///< steps a second, as the run itself measures it; 0: not known yet
  double seconds_at_start_ = -1, started_looking_ = 0;
};

/// As the event `training` of docs/design/page_protocol.md. `live`: a process is at work on the run.
std::string training_event(const TrainingNews& news, bool live);

}  // namespace retort::field
