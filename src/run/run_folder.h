// The folder of one run: recipe, record, checkpoints, curves, pictures, products, report.
//
//   recipe.yaml      the resolved recipe; resume starts from it
//   run.json         the record (RunRecord)
//   checkpoints/     run/checkpoint.h
//   metrics.jsonl    run/metrics_log.h
//   tensorboard/     the same curves and pictures as a TensorBoard event file
//   pictures/        the first and the last picture of each name
//   report.html      run/report.h
//   added/           run/added_products.h
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "run/job.h"

namespace retort::run {

/// What a run is, known before it starts.
struct RunDescription {
  std::string family, method;   ///< of the recipe
  std::string version;          ///< of retort
  std::string instruction_set;  ///< that the kernels use: scalar, avx2, avx512
  int threads = 1;
  uint64_t seed = 0;
  std::string command;  ///< command line as typed
  std::string recipe;   ///< resolved, YAML
};

enum class RunState { running, finished, stopped, failed };
const char* name_of(RunState state);

/// A product with what the runner adds.
struct ProductRecord {
  std::string name, kind;
  std::string path;    ///< relative to the run folder
  std::string sha256;  ///< of the file, or of the sorted list of a folder's files and their hashes
  uint64_t bytes = 0;
};

/// The content of run.json.
struct RunRecord {
  RunDescription description;  ///< without the recipe, which is in recipe.yaml
  std::string libtorch_version;
  std::vector<std::string> environment;  ///< RETORT_ variables, "NAME=value"
  RunState state = RunState::running;
  std::string message;  ///< why it failed, or which signal stopped it
  int64_t steps_done = 0, steps_planned = 0;
  std::string started_at;          ///< UTC, "2026-03-01T12:00:00Z"
  double seconds = 0;              ///< spent running, over all resumptions
  uint64_t peak_memory_bytes = 0;  ///< resident, of the last process
  double median_step_seconds = 0;  ///< over the steps of the last process; 0 before the first one
  std::vector<ProductRecord> products;
};

struct RunFolderOptions {
  std::filesystem::path runs_root = "runs";  ///< where a folder `<method>-<date>-<n>` is made unless `output` is given
  std::filesystem::path output;              ///< the folder itself
  bool overwrite = false;                    ///< an earlier run in `output` is removed first
};

/// An open run folder; while it lives, no other process can open it (an advisory lock on `.lock`, freed by the system
/// when the process dies).
class RunFolder {
 public:
  /// Makes the folder with recipe.yaml and run.json. UserError when `output` holds something else than a run, holds a
  /// run and `overwrite` is false, is in use, or can't be written.
  static RunFolder create(const RunFolderOptions& options, const RunDescription& description);
  /// Opens a run to resume it. UserError when it is no run folder, in use, or its run.json is damaged.
  static RunFolder open(const std::filesystem::path& folder);

  ~RunFolder();
  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path recipe_file() const { return path_ / "recipe.yaml"; }
  const RunRecord& record() const { return record_; }
  RunRecord& record() { return record_; }
  /// Writes the record to run.json, atomically.
  void write_record() const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  void lock();

  std::filesystem::path path_;
  RunRecord record_;
  int lock_descriptor_ = -1;
};

/// Whether a folder holds a run.
bool is_run_folder(const std::filesystem::path& folder);

/// Whether a process is at work on the run: its record says running, and its lock is held. (A run that was killed says
/// running for ever, but the system has freed its lock.)
bool is_at_work(const std::filesystem::path& folder, const RunRecord& record);

/// Reads run.json, and what was added to its products, without opening (locking) the run. UserError when it is absent
/// or damaged.
RunRecord read_run_record(const std::filesystem::path& folder);

}  // namespace retort::run
