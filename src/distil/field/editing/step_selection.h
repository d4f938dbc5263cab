// The selections that steps of edit scripts ask for.
#pragma once

#include <ATen/core/Tensor.h>

#include "distil/field/editing/edit_script.h"
#include "distil/field/selection/pointing.h"

namespace retort::field {

/// [P] bool; dead splats may be among them.
at::Tensor selection_of(const QuerySelection& query, const EditState& state, const EditSurroundings& surroundings);
at::Tensor selection_of(const PointingSelection& pointing, Pointer& pointer, const EditSurroundings& surroundings);
at::Tensor selection_of(const FileSelection& file, const EditState& state, const EditSurroundings& surroundings);

/// Grown (or shrunk) by rings; reach 0 is three times the selected splats' median distance to their neighbours.
at::Tensor grown_selection(const at::Tensor& selected, const GrowStep& step, Pointer& pointer);
at::Tensor shrunk_selection(const at::Tensor& selected, const ShrinkStep& step, Pointer& pointer);

}  // namespace retort::field
