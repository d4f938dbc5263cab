// MobileNetV2 (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018) with batch norm and
// torchvision's names: features.0.{0,1} (stem), features.{1..17}.conv.* (blocks), features.18.{0,1} (last convolution),
// classifier.1. nn/mobilenet_v2.h is the same architecture with TensorFlow's names and padding and norms folded in.
// Activations: "features.0.2" (stem), "features.1" ... "features.17" (blocks; linear, no activation follows their sum),
// "features.18.2", "avgpool" [B,1280].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct MobileNetV2TorchvisionOptions {
  double dropout = 0.2;  ///< before the classifier
  int64_t classes = 1000;
};

/// [B,3,H,W] -> logits [B,classes]; the last maps are 1/32 of the picture's side.
at::Tensor mobilenet_v2_torchvision(const Scope& scope, const at::Tensor& image,
                                    const MobileNetV2TorchvisionOptions& options);

}  // namespace retort::nn
