// What an interrupted `field lift` has done so far, beside its output, until the same command finishes it.
#pragma once

#include <filesystem>
#include <string>

#include "distil/field/methods/feature_phase.h"

namespace spdlog {
class logger;
}

namespace retort::cli {

class UnfinishedLift {
 public:
  /// The state lies in the folder `<output>.unfinished`. `key` says which lift it is of: equal keys, equal results.
  UnfinishedLift(const std::filesystem::path& output, std::string key);

  /// Puts the phase where it was left. What is there of another lift is removed, with a warning. UserError when the
  /// state is damaged.
  void resume(field::FeaturePhase& phase, spdlog::logger& log) const;
  /// Writes the state, whole or not at all.
  void save(const field::FeaturePhase& phase) const;
  /// Once the output is written.
  void remove() const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::string key_;
};

}  // namespace retort::cli
