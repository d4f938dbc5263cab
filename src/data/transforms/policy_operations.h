// The operations of augmentation policies, by name and magnitude.
#pragma once

#include <string_view>

#include "core/random.h"
#include "data/sets/sample.h"

namespace retort::data {

/// Cubuk et al., "AutoAugment", 2019, table 6, with the magnitudes that torchvision spreads over `bins` steps. Label
/// maps and boxes do not move along: the policies are for classification.
enum class PolicyOperation {
  identity,
  shear_x,        ///< 0 to 0.3, either way
  shear_y,        ///< likewise
  translate_x,    ///< 0 to 150/331 of the width, either way
  translate_y,    ///< likewise of the height
  rotate,         ///< 0 to 30 degrees, either way
  brightness,     ///< factor 1 +- 0 to 0.9
  saturation,     ///< likewise ("Color")
  contrast,       ///< likewise
  sharpness,      ///< likewise
  posterise,      ///< 8 to 4 bits
  solarise,       ///< threshold 255 to 0
  auto_contrast,  ///< no magnitude
  equalise,       ///< no magnitude
  invert          ///< no magnitude
};

constexpr int policy_operations = 15;

/// Applies an operation with magnitude `step` of `bins` (0 ... bins - 1); `negative` turns those with two ways round.
void apply_operation(PolicyOperation operation, int step, int bins, bool negative, Picture& picture);

}  // namespace retort::data
