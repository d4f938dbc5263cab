// Splats turned, scaled and shifted as a whole.
#pragma once

#include <array>

#include "distil/field/splat_files/splat_cloud.h"

namespace retort::field {

/// x -> scale * rotation * x + shift.
struct Similarity {
  std::array<double, 9> rotation = {1, 0, 0, 0, 1, 0, 0, 0, 1};  ///< row-major, orthonormal, determinant 1
  double scale = 1;                                              ///< > 0
  std::array<double, 3> shift = {0, 0, 0};

  bool operator==(const Similarity&) const = default;
};

/// Means, rotations, scales and spherical harmonics so that the moved splats look as before from a camera moved alike.
/// Nothing changes, to the bit, for the identity.
void move_cloud(SplatCloud& cloud, const Similarity& move);

}  // namespace retort::field
