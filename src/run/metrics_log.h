// The curves of a run: `metrics.jsonl` and, beside it, a TensorBoard event file.
//
// One JSON object a line: {"step":12,"name":"train/loss","value":0.25}. Values that JSON can't hold are texts ("inf").
// Lines of measured times carry "timing":true and are left out when two logs are compared; so are the marks
// {"step":500,"checkpoint":true,...,"timing":true} that a resumed run is cut back to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace retort::run {

class MetricsLog {
 public:
  /// Opens (or makes) the logs of a run folder. A Fault or UserError when they can't be written.
  explicit MetricsLog(const std::filesystem::path& run_folder);
  ~MetricsLog();
  MetricsLog(const MetricsLog&) = delete;
  MetricsLog& operator=(const MetricsLog&) = delete;

  void scalar(int64_t step, const std::string& name, double value);
  void timing(int64_t step, const std::string& name, double value);
  /// Only in the event file; `png` is a whole PNG file.
  void image(int64_t step, const std::string& name, int width, int height, int channels, std::string_view png);

  /// Notes that a checkpoint of `step` is about to be written, and flushes.
  void mark_checkpoint(int64_t step);
  /// Cuts both files back to where they stood at the checkpoint of `step`; step 0 empties them. Without that mark
  /// (lost in a power failure, say) lines of later steps are dropped, and the event file begins anew.
  void rewind_to_checkpoint(int64_t step);
  /// Hands everything to the system; done by itself about once a second.
  void flush();

 private:
  void point(int64_t step, const std::string& name, double value, bool timing);
  void append_event(std::string_view event);

  std::filesystem::path metrics_path_, events_path_;
  std::string metrics_buffer_, events_buffer_;
  uint64_t events_size_ = 0;  ///< bytes of the event file, buffered ones included
  int metrics_descriptor_ = -1, events_descriptor_ = -1;
  double next_flush_ = 0;
};

/// One curve, in the order of its points.
struct Curve {
  std::string name;
  bool timing = false;
  std::vector<int64_t> steps;
  std::vector<double> values;
};

/// All curves of a run folder, in order of name; damaged lines (the last one of a killed run) are passed over.
std::vector<Curve> read_curves(const std::filesystem::path& run_folder);

/// The log without what is measured: equal for two runs of the same recipe, binary and machine.
std::string comparable_metrics(const std::filesystem::path& run_folder);

}  // namespace retort::run
