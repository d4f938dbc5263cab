// Camera moves through, round and before given cameras.
#pragma once

#include <vector>

#include "distil/field/camera/camera.h"

namespace retort::field {

/// `frames` cameras along the polyline of `keys` in their order, equally spaced in key index, from the first to the
/// last: centres interpolated linearly, orientations by the shortest rotation. Intrinsics are those of the first key.
/// (The authors interpolate the 3x4 matrices element by element, which leaves the rotations; here they stay rotations.)
/// Fault for no keys or fewer than 1 frame.
std::vector<Camera> camera_path(const std::vector<Camera>& keys, int frames);

/// `frames` cameras on one full circle round what the `views` look at: the point nearest to all their optical axes. The
/// circle starts at the first view's side and stands upright to the views' mean up; radius and height are the views'
/// means. The last frame stands one step before the first, so that a film of it loops. Intrinsics are those of the
/// first view. Fault for no views or fewer than 1 frame.
std::vector<Camera> orbit_path(const std::vector<Camera>& views, int frames);

/// `frames` cameras on a spiral of two turns before the scene, as wide as 90 % of the `views` stand apart, all looking
/// at the point that the views look at: the move of LLFF and NeRF for forward-facing scenes, with the focus taken from
/// the views where theirs is a constant. Fault for no views or fewer than 1 frame.
std::vector<Camera> spiral_path(const std::vector<Camera>& views, int frames);

}  // namespace retort::field
