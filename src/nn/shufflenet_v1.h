// ShuffleNet for small pictures (Zhang et al., "ShuffleNet: An Extremely Efficient Convolutional Neural Network for
// Mobile Devices", CVPR 2018; a 1x1 stem of stride 1 without pooling). Names of HobbitLong/RepDistiller,
// models/ShuffleNetv1.py: conv1, bn1, layer{1,2,3}.{k}.{conv,bn}{1,2,3}, linear. Activations: "relu" (stem), "layer1"
// ... "layer3", "layer1.3.relu.input" (a block's result before its activation), "avgpool" [B,D].
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct ShuffleNetV1Options {
  std::array<int64_t, 3> widths = {240, 480, 960};  ///< channels of the layers
  std::array<int64_t, 3> blocks = {4, 8, 4};        ///< the first of each halves the map
  int64_t groups = 3;                               ///< of the 1x1 convolutions; divides widths / 4
  int64_t classes = 10;
};

/// [B,3,H,W] -> logits [B,classes].
at::Tensor shufflenet_v1(const Scope& scope, const at::Tensor& image, const ShuffleNetV1Options& options);

}  // namespace retort::nn
