// The field inside a checkpoint: what a training that still runs looks like by now.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

struct CheckpointField {
  GaussianField field;  ///< with notes: step
  int64_t step = 0;
};

/// Of the newest whole checkpoint of a field's run, without opening (locking) the run; nothing when there is none yet.
/// The active degree of spherical harmonics is the checkpoint's own (of ones by version 0.1.0, which don't say: the
/// highest that has coefficients); the background is not in a checkpoint and comes from the caller. UserError when all
/// checkpoints are damaged or are none of a field.
std::optional<CheckpointField> field_of_checkpoint(const std::filesystem::path& run_folder,
                                                   const std::array<double, 3>& background = {0, 0, 0});

/// The step that a field of a checkpoint was noted at; nothing for other fields.
std::optional<int64_t> checkpoint_step(const GaussianField& field);

}  // namespace retort::field
