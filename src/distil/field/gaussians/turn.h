// Splats turned, scaled and moved; fields turned for programs with another idea of what is up.
#pragma once

#include <string>
#include <vector>

#include "distil/field/camera/rotation.h"
#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// x -> scale * R x + shift.
struct SplatMove {
  Quaternion rotation = {1, 0, 0, 0};  ///< w, x, y, z; length 1
  double scale = 1;                    ///< > 0
  Vector3 shift = {0, 0, 0};
};

/// Positions, rotations, scales and spherical harmonics (all of degree 3, as they are stored) of moved splats: from a
/// camera moved alike they look as before. Tensors that a move leaves alone, such as harmonics without a rotation, stay
/// the same ones.
void move_splats(splat::SplatParameters& splats, const SplatMove& move);

/// The same scene turned about the origin: positions, rotations and spherical harmonics. Cameras turned alike see the
/// same pictures. `rotation` w, x, y, z of length 1.
GaussianField turned_field(GaussianField field, const Quaternion& rotation);

/// Names of axes: "x", "-x", "y", ...
const std::vector<std::string>& axis_names();

/// The rotation by quarters of a turn that brings -y, which is up in scenes with y down as COLMAP's cameras have it, to
/// the named axis: about x for y and z, about z for x.
Quaternion rotation_to_up(const std::string& axis);

}  // namespace retort::field
