#include "nn/attention.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/errors.h"
#include "core/torch_compat.h"
#include "io/array.h"
#include "nn/layers.h"

namespace retort::nn {

at::Tensor scaled_dot_attention(const Scope& scope, const at::Tensor& query, const at::Tensor& key,
                                const at::Tensor& value) {
  const auto map = scope / "attention";
  if (torch_compat::has_fused_attention && !scope.higher_order() && !map.is_tapped())
    return torch_compat::fused_attention(query, key, value);
  const double scale = 1 / std::sqrt(static_cast<double>(query.size(-1)));
  return at::matmul(map.tap(at::softmax(at::matmul(query * scale, key.transpose(-2, -1)), -1)), value);
}

at::Tensor self_attention(const Scope& scope, const at::Tensor& tokens, int64_t heads, bool qkv_bias,
                          const Initialiser& start) {
  RT_CHECK(tokens.dim() == 3 && tokens.size(2) % heads == 0, "{}: wants [B,N,F] with F a multiple of {}, got {}",
           scope.path(), heads, io::shape_text(tokens.sizes().vec()));
  scope.tap_input(tokens);
  const int64_t batch = tokens.size(0), count = tokens.size(1), width = tokens.size(2);
  const auto qkv = linear(scope / "qkv", tokens, {.out_features = 3 * width, .bias = qkv_bias, .initialiser = start})
                       .view({batch, count, 3, heads, width / heads})
                       .permute({2, 0, 3, 1, 4});
  const auto mixed = scaled_dot_attention(scope, qkv[0], qkv[1], qkv[2]).transpose(1, 2).reshape(tokens.sizes());
  return scope.tap(linear(scope / "proj", mixed, {.out_features = width, .initialiser = start}));
}

}  // namespace retort::nn
