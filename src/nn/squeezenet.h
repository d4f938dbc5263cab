// SqueezeNet 1.1 without its classifier (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer
// parameters", 2016). Names as torchvision writes them: features.0 (convolution), features.1 (its ReLU),
// features.3.squeeze, features.3.expand1x1, features.3.expand3x3 ...; a Fire module's own path (features.3) is its
// joined output.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct SqueezeNetOptions {
  double width = 1.0;  ///< factor on the channels of all layers (small networks for tests); rounded, at least 1
};

/// Shortest side that reaches the last Fire module.
constexpr int64_t squeezenet_least_side = 17;

/// Image [B,3,H,W] -> output of features.12, [B, 512 width, h, w]; 722,496 parameters at width 1. Poolings round up.
/// Source: torchvision, models/squeezenet.py, version 1_1.
at::Tensor squeezenet_features(const Scope& scope, const at::Tensor& image, const SqueezeNetOptions& options = {});

}  // namespace retort::nn
