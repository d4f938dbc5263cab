// MLP-Mixer (Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", NeurIPS 2021): perceptrons along the
// tokens and along the channels take turns. timm's names: stem.proj, blocks.{n}.{norm1,mlp_tokens.fc1,mlp_tokens.fc2,
// norm2,mlp_channels.fc1,mlp_channels.fc2}, norm, head. There are no maps, so `stages` is empty; activations are tokens
// [B,N,D], the patches row by row: "stem", "blocks.0" ..., "norm"; "head.input" [B,D] is their mean.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

struct MixerOptions {
  int64_t patch = 16, width = 512, depth = 8;
  int64_t classes = 1000;
};

/// [B,3,H,W] -> logits [B,classes]; perceptrons of width / 2 over tokens and of 4 width over channels. Bound to the
/// number of patches it was made for. UserError when the picture's sides are no multiples of the patch.
at::Tensor mixer(const Scope& scope, const at::Tensor& image, const MixerOptions& options);

}  // namespace retort::nn
