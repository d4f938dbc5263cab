// Checkpoints of a run: `<run>/checkpoints/step_000001200.safetensors`, the last two kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/state.h"

namespace retort::run {

struct CheckpointFile {
  std::filesystem::path path;
  int64_t step = 0;
};

/// All checkpoints of a run folder, newest first; nothing is opened.
std::vector<CheckpointFile> list_checkpoints(const std::filesystem::path& run_folder);

/// Writes the state as one safetensors file (texts in its metadata, with a checksum over everything), atomically. Then
/// removes all but the last two up to `step`, and any of later steps: they belong to a future that was given up.
/// The same state gives the same bytes. UserError when the place can't be written, Fault when the disk is full.
void write_checkpoint(const std::filesystem::path& run_folder, int64_t step, const StateWriter& state);

/// Reads one checkpoint file. UserError when it is damaged (format, checksum, step).
StateReader read_checkpoint(const CheckpointFile& file);

struct LatestCheckpoint {
  CheckpointFile file;
  StateReader state;
  std::vector<std::string> warnings;  ///< one line for each newer checkpoint that is damaged
};

/// The newest checkpoint that is whole, or nothing when the folder has none. UserError when all are damaged.
std::optional<LatestCheckpoint> load_latest_checkpoint(const std::filesystem::path& run_folder);

/// Removes files that a killed process left half-written in the folder of checkpoints.
void remove_partial_checkpoints(const std::filesystem::path& run_folder);

}  // namespace retort::run
