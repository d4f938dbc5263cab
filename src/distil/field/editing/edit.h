// Changes of a field's splats: each edit is a value, applied to a selection, the same bits every time.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <variant>

#include "distil/field/camera/rotation.h"
#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// The selected splats go, or all others do (Feature 3DGS sets their opacity to 0; here they are gone from the result).
struct DeleteEdit {};
struct ExtractEdit {};

/// New colour = matrix * colour + offset on RGB in [0,1] as seen: constant and higher spherical harmonics change alike,
/// so that shading keeps its place. `keep_higher`: only the constant changes, as in Feature 3DGS.
struct RecolourEdit {
  std::array<double, 9> matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};  ///< row-major
  std::array<double, 3> offset = {0, 0, 0};
  bool keep_higher = false;
};
/// Opacities in [0,1] are multiplied; logits are kept finite.
struct OpacityEdit {
  double factor = 1;  ///< >= 0
};
/// x -> scale * R (x - pivot) + pivot + move; quaternions, scales and spherical harmonics follow.
struct TransformEdit {
  std::array<double, 3> move = {0, 0, 0};   ///< world units
  Quaternion rotation = {1, 0, 0, 0};       ///< w, x, y, z; length 1
  double scale = 1;                         ///< > 0
  std::array<double, 3> pivot = {0, 0, 0};  ///< world
};
/// A copy of the selected splats, transformed; the copy becomes the selection.
struct DuplicateEdit {
  TransformEdit transform;
};

using Edit = std::variant<DeleteEdit, ExtractEdit, RecolourEdit, OpacityEdit, TransformEdit, DuplicateEdit>;

/// A field under edit. Rows keep their numbers: deleted splats are dead, not gone, until result().
struct EditState {
  GaussianField field;
  at::Tensor alive;     ///< [P] bool
  at::Tensor selected;  ///< [P] bool, never of dead splats
};

EditState begin_editing(GaussianField field);

/// The state after the edit; tensors that it does not touch are shared with the old one. UserError for an empty
/// selection and for numbers outside what is said above.
EditState apply_edit(const EditState& state, const Edit& edit);

/// The edited field without dead splats.
GaussianField edited_field(const EditState& state);

}  // namespace retort::field
