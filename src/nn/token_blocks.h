// What networks of tokens share: pictures cut into patches, and the perceptron of each token. timm's names.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/scope.h"

namespace retort::nn {

struct PatchOptions {
  int64_t patch = 16;  ///< side of a patch in pixels
  int64_t width = 192;
  std::optional<Initialiser> initialiser = {};  ///< the bias then starts at 0; none: as PyTorch's convolution
};

/// [B,C,H,W] -> tokens [B,N,width], row by row; `proj` is a convolution of patch x patch with that stride. UserError
/// when the picture's sides are no multiples of the patch.
at::Tensor patch_tokens(const Scope& scope, const at::Tensor& image, const PatchOptions& options);

/// The same where the projection starts as in perceptron mixers: truncated normal, of variance 1 / fan in.
at::Tensor mixer_tokens(const Scope& scope, const at::Tensor& image, int64_t patch, int64_t width);

struct TransformerBlockOptions {
  int64_t heads = 3;
  double norm_eps = 1e-5;
  bool qkv_bias = true;
  double drop_path = 0;  ///< rate at which a branch is left out in training
};

/// Attention and perceptron of four times the width, each behind a layer norm and added to what it saw: [B,N,F] ->
/// [B,N,F]; norm1, attn, norm2, mlp. Fault when the heads do not divide F. Dosovitskiy et al. 2021, equations 2 and 3.
at::Tensor transformer_block(const Scope& scope, at::Tensor x, const TransformerBlockOptions& options);

/// Paths of the blocks at which OFA-KD cuts a network of `depth` equal blocks into four stages: behind the 2nd, 4th,
/// 10th and 12th of twelve, in other depths at the same shares of it. Hao et al. 2023, appendix.
std::vector<std::string> token_stages(int64_t depth);

struct TokenMlpOptions {
  int64_t hidden = 768;
  bool tanh_gelu = false;
  Initialiser initialiser = Initialiser::truncated_normal(0.02);  ///< of both weights
};

/// fc2(GELU(fc1(x))) over the last axis: [...,F] -> [...,F].
at::Tensor token_mlp(const Scope& scope, const at::Tensor& x, const TokenMlpOptions& options);

}  // namespace retort::nn
