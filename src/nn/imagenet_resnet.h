// Residual networks of four stages (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1),
// with basic blocks (18, 34 layers) or bottlenecks (50 and more) whose stride sits in the 3x3 convolution.
// torchvision's names: conv1, bn1, layer{1..4}.{k}.{conv,bn}{1,2,3}, layer{s}.0.downsample.{0,1}, fc. Activations:
// "relu" (stem, before its pooling), "layer1" ... "layer4", "layer4.1.relu.input" (a block's result before its last
// activation), "avgpool" [B,D].
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct ImageNetResNetOptions {
  std::array<int64_t, 4> blocks = {2, 2, 2, 2};
  bool bottleneck = false;  ///< three convolutions a block, the last widening fourfold
  /// What the picture meets first: 7x7 of stride 2 and a pooling, or, for small pictures, 3x3 of stride 1 without.
  enum class Stem { large, small } stem = Stem::large;
  int64_t classes = 1000;
};

/// [B,3,H,W] -> logits [B,classes]; the last maps are 1/32 of the picture's side, 1/8 with the small stem.
at::Tensor imagenet_resnet(const Scope& scope, const at::Tensor& image, const ImageNetResNetOptions& options);

}  // namespace retort::nn
