// Vision transformers (Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021; with a distillation token:
// Touvron et al., "Training data-efficient image transformers & distillation through attention", ICML 2021). timm's
// names: cls_token, dist_token, pos_embed, patch_embed.proj,
// blocks.{n}.{norm1,attn.qkv,attn.proj,norm2,mlp.fc1,mlp.fc2}, norm, head, head_dist. There are no maps, so `stages` is
// empty; activations are tokens [B,N,D], first the class token, then the distillation token, then the patches row by
// row: "pos_drop" (before the first block), "blocks.0" ... "blocks.11", "blocks.3.attn", "blocks.3.attn.attention"
// [B,heads,N,N], "norm"; "head.input" [B,D] is the class token, "head_dist.input" the distillation token, "head" and
// "head_dist" their logits, "heads" the mean of both.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct VitOptions {
  int64_t patch = 16, width = 192, depth = 12, heads = 3;
  bool distilled = false;  ///< a second token and head learn from the teacher
  double drop_path = 0;    ///< rate of the last block, growing linearly from 0 in the first
  int64_t classes = 1000;
};

/// [B,3,H,W] -> logits [B,classes], of a distilled network the mean of both heads', in training too (its loss taps
/// "head" and "head_dist"). The number of positions is the picture's. UserError when its sides are no multiples of the
/// patch.
at::Tensor vit(const Scope& scope, const at::Tensor& image, const VitOptions& options);

}  // namespace retort::nn
