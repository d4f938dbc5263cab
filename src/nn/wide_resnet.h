// Wide residual networks for small pictures (Zagoruyko and Komodakis, BMVC 2016): pre-activation basic blocks of
// 16 k, 32 k and 64 k channels. Names of HobbitLong/RepDistiller, models/wrn.py: conv1,
// block{1,2,3}.layer.{i}.{bn1,conv1,bn2,conv2,convShortcut}, bn1, fc. Activations: "conv1", "block1" ... "block3"
// (before the activation, which the next block applies), "relu" (after the last), "avgpool" [B,D].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct WideResNetOptions {
  int64_t depth = 40;  ///< 6 n + 4
  int64_t width = 2;   ///< the factor k
  int64_t classes = 10;
};

/// [B,3,32,32] -> logits [B,classes]. Fault when the depth is not 6 n + 4.
at::Tensor wide_resnet(const Scope& scope, const at::Tensor& image, const WideResNetOptions& options);

}  // namespace retort::nn
