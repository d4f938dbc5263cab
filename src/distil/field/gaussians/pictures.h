// Pictures of what a field holds, for people.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/thread_pool.h"
#include "io/image.h"

namespace retort::field {

/// [3,H,W] colours in [0,1] (clamped) -> 8-bit RGB, rounded.
io::Image colour_picture(const at::Tensor& colour);

/// [H,W] depth divided by coverage, stretched between its 1st and 99th percentile, near bright; uncovered pixels black.
io::Image depth_picture(const at::Tensor& depth, const at::Tensor& transmittance);

/// Three directions and ranges for the feature picture, so that several views share one colour code.
struct FeatureColours {
  at::Tensor mean;        ///< [C]
  at::Tensor components;  ///< [3,C]
  at::Tensor low, high;   ///< [3] 1st and 99th percentile of each component
};

/// Fitted as the authors do: pixels normalised to length 1, PCA on every third pixel, stretched between the global 1st
/// and 99th percentile (Feature 3DGS, render.py feature_visualize_saving). `maps`: [h,w,C] each.
FeatureColours fit_feature_colours(const std::vector<at::Tensor>& maps);
io::Image feature_picture(const at::Tensor& map, const FeatureColours& colours);

/// [H,W] relevancy in [0,1] laid over the darkened picture.
io::Image relevancy_picture(const at::Tensor& relevancy, const at::Tensor& colour);

/// Pictures side by side on one strip, all of the height of the first (nearest-neighbour), with a gap in pixels.
io::Image side_by_side(const std::vector<io::Image>& pictures, int gap = 4);

/// Nearest-neighbour enlargement by a whole factor.
io::Image enlarged(const io::Image& picture, int factor);

}  // namespace retort::field
