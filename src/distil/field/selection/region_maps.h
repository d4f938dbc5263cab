// Maps of pixel weights that splats are weighed under: of clicks, and of what lies about an outline.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "distil/field/camera/camera.h"
#include "distil/field/selection/pointing.h"

namespace retort::field {

/// The camera with its longest side brought to 512 pixels where it is longer: what a click means does not hang on more
/// pixels, but its time does.
Camera voting_camera(const Camera& camera);

/// [H,W] row-major: the disc of a click in pixels of the camera, counting less towards its rim.
std::vector<float> click_map(const Camera& camera, const Pixel& click, double radius);

/// Pixels within some distance outside a region [H,W] bool, a fifth of the root of its area and at least 2 pixels:
/// [H,W] float32 of 0 and 1.
at::Tensor ring_about(const at::Tensor& region);

}  // namespace retort::field
