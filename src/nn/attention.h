// Attention between tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

/// softmax(q k^T / sqrt(d)) v: [B,heads,N,d] each -> [B,heads,N,d]. Fused where the scope's mode allows and nobody
/// asked for the attention map, which is offered as "<path>.attention" [B,heads,N,N]. Vaswani et al. 2017, equation 1.
at::Tensor scaled_dot_attention(const Scope& scope, const at::Tensor& query, const at::Tensor& key,
                                const at::Tensor& value);

/// Self-attention of tokens [B,N,F] with one projection `qkv` [3F,F] and an output projection `proj` [F,F] (timm's
/// names), both started by `start`. Fault when `heads` does not divide F.
at::Tensor self_attention(const Scope& scope, const at::Tensor& tokens, int64_t heads, bool qkv_bias = true,
                          const Initialiser& start = Initialiser::truncated_normal(0.02));

}  // namespace retort::nn
