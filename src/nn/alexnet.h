// AlexNet without its classifier, in the one-column form of torchvision (Krizhevsky, "One weird trick for parallelizing
// convolutional neural networks", 2014). Names as torchvision writes them: features.0 (convolution), features.1 (its
// ReLU) ... features.11.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct AlexNetOptions {
  double width = 1.0;  ///< factor on the channels of all layers (small networks for tests); rounded, at least 1
};

/// Shortest side that reaches the last convolution.
constexpr int64_t alexnet_least_side = 31;

/// Image [B,3,H,W] -> output of features.11, [B, 256 width, h, w]; 2,469,696 parameters at width 1. The last pooling
/// (features.12) is left out: nothing here looks behind it. Source: torchvision, models/alexnet.py.
at::Tensor alexnet_features(const Scope& scope, const at::Tensor& image, const AlexNetOptions& options = {});

}  // namespace retort::nn
