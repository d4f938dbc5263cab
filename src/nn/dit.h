// Diffusion transformer with adaptive norms that start at zero (Peebles and Xie, "Scalable Diffusion Models with
// Transformers", ICCV 2023). Names of facebookresearch/DiT, models.py: x_embedder.proj, t_embedder.mlp.{0,2},
// y_embedder.embedding_table, blocks.{n}.{attn.qkv,attn.proj,mlp.fc1,mlp.fc2,adaLN_modulation.1},
// final_layer.{linear,adaLN_modulation.1}. Its files also store pos_embed, which is fixed and computed here.
// Activations are tokens [B,N,D], the patches row by row: "x_embedder", "blocks.0" ..., "blocks.3.attn.attention"
// [B,heads,N,N].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct DitOptions {
  int64_t patch = 4, width = 192, depth = 6, heads = 3;
  int64_t out_channels = 3;
  int64_t classes = 10;  ///< labels from 0; `classes` itself is the null label of guidance. 0: without labels
};

/// Pictures x [B,C,H,W], times [B] in the teacher's scale (0 to 999 for discrete ones, 1000 t for rectified flows),
/// labels int64 [B] (undefined without classes) -> [B,out_channels,H,W]. Fresh weights give zeros. UserError when the
/// picture's sides are no multiples of the patch.
at::Tensor dit(const Scope& scope, const at::Tensor& x, const at::Tensor& times, const at::Tensor& labels,
               const DitOptions& options);

}  // namespace retort::nn
