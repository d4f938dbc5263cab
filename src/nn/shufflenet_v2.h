// ShuffleNetV2 for small pictures (Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture
// Design", ECCV 2018; a 1x1 stem of stride 1 without pooling). Names of HobbitLong/RepDistiller,
// models/ShuffleNetv2.py: conv1, bn1, layer{1,2,3}.{k}.{conv,bn}{1..5} (the first block of a layer; the others have
// three pairs), conv2, bn2, linear. Activations: "relu" (stem), "layer1" ... "layer3", "layer1.3.preactivation" (a
// block's channels before its last activation and before they are shuffled), "avgpool" [B,D].
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct ShuffleNetV2Options {
  std::array<int64_t, 4> widths = {116, 232, 464, 1024};  ///< channels of the layers and of the last convolution
  std::array<int64_t, 3> blocks = {3, 7, 3};              ///< of each layer behind its first, reducing one
  int64_t classes = 10;
};

/// [B,3,H,W] -> logits [B,classes].
at::Tensor shufflenet_v2(const Scope& scope, const at::Tensor& image, const ShuffleNetV2Options& options);

}  // namespace retort::nn
