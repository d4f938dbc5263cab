// Camera moves through given cameras.
#pragma once

#include <vector>

#include "distil/field/camera/camera.h"

namespace retort::field {

/// `frames` cameras along the polyline of `keys` in their order, equally spaced in key index, from the first to the
/// last: centres interpolated linearly, orientations by the shortest rotation. Intrinsics are those of the first key.
/// (The authors interpolate the 3x4 matrices element by element, which leaves the rotations; here they stay rotations.)
/// Fault for no keys or fewer than 1 frame.
std::vector<Camera> camera_path(const std::vector<Camera>& keys, int frames);

}  // namespace retort::field
