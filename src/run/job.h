// Whatever runs is a Job: run folder, progress, stop flag, resume and report know only this.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace retort::io {
struct Image;
}

namespace retort::run {

class StateWriter;  // run/state.h
class StateReader;

struct Phase {
  std::string name;
  int64_t steps = 0;
};

/// LibTorch and the program themselves, of a plan's memory.
inline constexpr int64_t library_bytes = 300'000'000;

/// What a job expects to do; printed by --dry-run and used for progress and ETA.
struct Plan {
  std::vector<Phase> phases;
  int64_t memory_bytes = 0;        ///< expected peak, all told
  std::vector<std::string> notes;  ///< one line each, shown at the start ("no teacher maps given: RGB only; ...")

  int64_t total_steps() const {
    int64_t total = 0;
    for (const auto& phase : phases) total += phase.steps;
    return total;
  }
};

/// Takes what a job has to tell while it runs.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// One point of a curve at the current step; name such as "train/loss" or "eval/psnr". Unit and direction belong to
  /// the name's documentation. Deterministic values only: times go to timing().
  virtual void scalar(const std::string& name, double value) = 0;
  /// A measured time or rate: shown and logged, left out when two logs are compared.
  virtual void timing(const std::string& name, double value) = 0;
  /// A picture of the current state, kept for the report (the last one of each name, and the first).
  virtual void image(const std::string& name, const io::Image& image) = 0;
  /// Short text behind the progress bar ("psnr 24.1  splats 31k").
  virtual void status(const std::string& text) = 0;
};

/// A typed result in the run folder. The runner adds size and SHA-256.
struct Product {
  std::string name;            ///< "field", "weights", ...
  std::string kind;            ///< weights, trajectories, features, soft_labels, pairs, codec, field, images, metrics
  std::filesystem::path path;  ///< relative to the run folder
};
using Products = std::vector<Product>;

class Job {
 public:
  virtual ~Job() = default;

  virtual Plan plan() = 0;
  /// The recipe with every option spelled out (YAML), kept in the run folder; resume starts from it.
  virtual std::string resolved_recipe() = 0;
  /// Steps done so far (0 at first; what load() restored).
  virtual int64_t steps_done() const = 0;
  /// One unit of work, a few seconds at most. Returns false when there is nothing left to do (then it did nothing).
  virtual bool step(Recorder& recorder) = 0;
  /// All state that a resumed run needs to give the same bytes as an undisturbed one.
  virtual void save(StateWriter& writer) const = 0;
  virtual void load(const StateReader& reader) = 0;
  /// Writes the products into the run folder and names them.
  virtual Products finish(const std::filesystem::path& folder, Recorder& recorder) = 0;
};

}  // namespace retort::run
