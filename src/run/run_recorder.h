// The recorder that a job talks to while it runs: into the logs, the folder of pictures, the progress line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "run/job.h"
#include "run/metrics_log.h"

namespace retort::run {

/// A kept picture: `pictures/<title>_<step>.png`; characters that file names avoid are replaced by '-'.
struct PictureFile {
  std::filesystem::path path;
  std::string title;
  int64_t step = 0;
};

/// All pictures of a run folder, by title, then step.
std::vector<PictureFile> list_pictures(const std::filesystem::path& run_folder);

class RunRecorder : public Recorder {
 public:
  RunRecorder(std::filesystem::path run_folder, MetricsLog& log) : folder_(std::move(run_folder)), log_(log) {}

  void set_step(int64_t step) { step_ = step; }
  const std::string& status_text() const { return status_; }
  /// Removes pictures of later steps: they belong to a future that was given up.
  void rewind_to_step(int64_t step) const;

  /// Throws Fault when the value is NaN.
  void scalar(const std::string& name, double value) override;
  void timing(const std::string& name, double value) override;
  /// Keeps the first and the last picture of a name.
  void image(const std::string& name, const io::Image& image) override;
  void status(const std::string& text) override { status_ = text; }

 private:
  std::filesystem::path folder_;
  MetricsLog& log_;
  int64_t step_ = 0;
  std::string status_;
};

}  // namespace retort::run
