// ResMLP (Touvron et al., "ResMLP: Feedforward networks for image classification with data-efficient training", TPAMI
// 2022): one linear map along the tokens and a perceptron along the channels take turns, without statistics of the
// data. timm's names: stem.proj,
// blocks.{n}.{norm1.alpha,norm1.beta,linear_tokens,ls1,norm2.alpha,norm2.beta,mlp_channels.fc1, mlp_channels.fc2,ls2},
// norm.alpha, norm.beta, head. There are no maps, so `stages` is empty; activations are tokens [B,N,D], the patches row
// by row: "stem", "blocks.0" ..., "norm"; "head.input" [B,D] is their mean.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct ResMlpOptions {
  int64_t patch = 16, width = 384, depth = 12;
  double layer_scale = 1e-4;  ///< what ls1 and ls2 start at
  int64_t classes = 1000;
};

/// [B,3,H,W] -> logits [B,classes]. Bound to the number of patches it was made for. UserError when the picture's sides
/// are no multiples of the patch.
at::Tensor resmlp(const Scope& scope, const at::Tensor& image, const ResMlpOptions& options);

}  // namespace retort::nn
