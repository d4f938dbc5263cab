// The curves of a run that may still be growing, read from where one left off.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort::run {

struct MetricsPoint {
  std::string name;
  int64_t step = 0;
  double value = 0;  ///< finite; points that are not are passed over
  bool timing = false;
};

struct MetricsPart {
  std::vector<MetricsPoint> points;
  uint64_t next = 0;       ///< byte behind the last whole line
  bool restarted = false;  ///< the file is shorter than `after`, as after a resumption: it was read from its beginning
};

/// Points of metrics.jsonl from byte `after` on, at most about `most_bytes` of it at once; a last line without its end
/// is left for the next call, damaged lines are passed over. A run without curves yet has none.
MetricsPart read_metrics_after(const std::filesystem::path& run_folder, uint64_t after,
                               uint64_t most_bytes = uint64_t{4} << 20);

class MetricsTail {
 public:
  explicit MetricsTail(std::filesystem::path run_folder) : folder_(std::move(run_folder)) {}
  /// What came since the last call.
  MetricsPart read() {
    auto part = read_metrics_after(folder_, next_);
    next_ = part.next;
    return part;
  }

 private:
  std::filesystem::path folder_;
  uint64_t next_ = 0;
};

}  // namespace retort::run
