// What networks of tokens share: pictures cut into patches, and the perceptron of each token. timm's names.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

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

/// Normal of variance 1 / fan in once it is truncated: how the patches' projection starts in perceptron mixers. LeCun
/// et al. 1998.
Initialiser lecun_normal(int64_t fan_in);

struct TokenMlpOptions {
  int64_t hidden = 768;
  bool tanh_gelu = false;
  Initialiser initialiser = Initialiser::truncated_normal(0.02);  ///< of both weights
};

/// fc2(GELU(fc1(x))) over the last axis: [...,F] -> [...,F].
at::Tensor token_mlp(const Scope& scope, const at::Tensor& x, const TokenMlpOptions& options);

}  // namespace retort::nn
