// Rotations as matrices and as quaternions.
#pragma once

#include <array>

#include "distil/field/camera/camera.h"

namespace retort::field {

using Quaternion = std::array<double, 4>;  ///< w, x, y, z

/// The rotation of a unit quaternion.
Matrix3 rotation_of(const Quaternion& quaternion);

/// The unit quaternion of a rotation, w >= 0.
Quaternion quaternion_of(const Matrix3& rotation);

}  // namespace retort::field
