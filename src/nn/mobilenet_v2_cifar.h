// MobileNetV2 for small pictures (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018).
// Names of HobbitLong/RepDistiller, models/mobilenetv2.py: conv1.{0,1}, blocks.{s}.{k}.conv.{0,1,3,4,6,7}, conv2.{0,1},
// classifier.0. Activations: "conv1.2" (stem), "blocks.0" ... "blocks.6" (linear: nothing is activated behind a block's
// sum), "conv2.2", "avgpool" [B,D].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct MobileNetV2CifarOptions {
  double width = 0.5;  ///< factor on all channels but the last convolution's 1280; rounded down
  int64_t expansion = 6;
  int64_t classes = 10;
};

/// [B,3,H,W] -> logits [B,classes]; the last maps are 1/16 of the picture's side.
at::Tensor mobilenet_v2_cifar(const Scope& scope, const at::Tensor& image, const MobileNetV2CifarOptions& options);

}  // namespace retort::nn
