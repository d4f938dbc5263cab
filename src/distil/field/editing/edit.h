// Changes of a field's splats: each edit is a value, applied to a selection, the same bits every time.
#pragma once

#include <ATen/core/Tensor.h>

#include "distil/field/editing/script/edits.h"
#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// A field under edit. Rows keep their numbers: deleted splats are dead, not gone, until edited_field().
struct EditState {
  GaussianField field;
  at::Tensor alive;     ///< [P] bool
  at::Tensor selected;  ///< [P] bool, never of dead splats

  int64_t alive_count() const;
  int64_t selected_count() const;
};

/// Everything alive, nothing selected.
EditState begin_editing(GaussianField field);

/// The state with another selection: `selected` [P] bool, of which dead splats are left out.
EditState with_selection(const EditState& state, const at::Tensor& selected);

/// The state after the edit; tensors that it does not touch are shared with the old one. UserError for an empty
/// selection, for one that a deletion would leave nothing of, and for numbers out of range (script/edits.h).
EditState apply_edit(const EditState& state, const Edit& edit);

/// The edited field without dead splats; shares all tensors when there are none.
GaussianField edited_field(const EditState& state);

}  // namespace retort::field
