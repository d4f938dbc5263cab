// What can be done to selected splats, as plain numbers.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>

#include "core/errors.h"
#include "distil/field/camera/rotation.h"

namespace retort::field {

/// The selected splats go, or all others do (Feature 3DGS sets their opacity to 0; here they are gone from the result).
struct DeleteEdit {};
struct ExtractEdit {};

/// New colour = matrix * colour + offset on RGB in [0,1] as seen: constant and higher spherical harmonics change alike,
/// so that shading keeps its place. `keep_higher`: only the constant changes, as in Feature 3DGS.
struct RecolourEdit {
  std::array<double, 9> matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};  ///< row-major
  std::array<double, 3> offset = {0, 0, 0};
  /// In place of matrix and offset: this colour, as bright against it as the splat was against the selection's mean.
  std::optional<std::array<double, 3>> colour = {};
  bool keep_higher = false;
};
/// Opacities in [0,1] are multiplied; logits are kept finite.
struct OpacityEdit {
  double factor = 1;  ///< >= 0
};
/// x -> scale * R (x - pivot) + pivot + move; quaternions, scales and spherical harmonics follow.
struct TransformEdit {
  std::array<double, 3> move = {0, 0, 0};           ///< world units
  Quaternion rotation = {1, 0, 0, 0};               ///< w, x, y, z; length 1
  double scale = 1;                                 ///< > 0
  std::optional<std::array<double, 3>> pivot = {};  ///< world; none: the mean of the selected means
};
/// A copy of the selected splats, transformed; the copy becomes the selection.
struct DuplicateEdit {
  TransformEdit transform;
};

using Edit = std::variant<DeleteEdit, ExtractEdit, RecolourEdit, OpacityEdit, TransformEdit, DuplicateEdit>;

/// "delete", "extract", "recolour", "opacity", "transform", "duplicate".
std::string edit_name(const Edit& edit);

/// What is out of range, under the keys of edit scripts.
Problems problems_of(const Edit& edit);

/// The matrix [9] that takes the channels in another order: "bgr" swaps red and blue. UserError unless it names three
/// channels.
std::array<double, 9> channel_order(const std::string& letters);

/// The unit quaternion of a turn about an axis of any length but 0, by the right hand.
Quaternion turn_about(const std::array<double, 3>& axis, double degrees);

}  // namespace retort::field
