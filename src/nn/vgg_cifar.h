// VGG with batch norm for small pictures (Simonyan and Zisserman, ICLR 2015; one linear layer behind a global mean
// instead of three). Names of HobbitLong/RepDistiller, models/vgg.py: block{0..4}.{i} counts the convolution (3 n), its
// norm (3 n + 1) and its activation (3 n + 2) of a block, without the last activation; classifier. Activations:
// "block0" ... "block4" (before the block's last activation), "relu0" ... "relu4" (after it), "pool4" [B,512].
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct VggCifarOptions {
  std::array<int64_t, 5> layers = {1, 1, 1, 1, 1};  ///< convolutions of each block
  int64_t classes = 10;
};

/// [B,3,H,W] -> logits [B,classes]. Blocks 0 to 2 are followed by a 2x2 pooling, block 3 only for pictures of 64 rows:
/// 32x32 and 64x64 both end in 4x4 maps.
at::Tensor vgg_cifar(const Scope& scope, const at::Tensor& image, const VggCifarOptions& options);

}  // namespace retort::nn
