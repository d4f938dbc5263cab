// VGG-16 without its classifier and without batch norm (Simonyan & Zisserman, ICLR 2015, configuration D). Names as
// torchvision writes them: features.0 (convolution), features.1 (its ReLU) ... features.29.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct Vgg16Options {
  double width = 1.0;  ///< factor on the channels of all layers (small networks for tests); rounded, at least 1
};

/// Shortest side that reaches the last convolution.
constexpr int64_t vgg16_least_side = 16;

/// Image [B,3,H,W] -> output of features.29 (ReLU 5_3), [B, 512 width, H / 16, W / 16] (rounded down at each of the
/// four poolings); 14,714,688 parameters at width 1. The last pooling (features.30) is left out: nothing here looks
/// behind it. Source: torchvision, models/vgg.py.
at::Tensor vgg16_features(const Scope& scope, const at::Tensor& image, const Vgg16Options& options = {});

}  // namespace retort::nn
