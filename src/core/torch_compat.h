// Where LibTorch's versions differ: 2.x, and Debian's 1.13.
#pragma once

#include <ATen/ATen.h>
#include <torch/version.h>

namespace retort::torch_compat {

#if TORCH_VERSION_MAJOR >= 2
inline constexpr bool has_fused_attention = true;
/// softmax(q k^T / sqrt(d)) v in one kernel.
inline at::Tensor fused_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
  return at::scaled_dot_product_attention(query, key, value);
}
#else
inline constexpr bool has_fused_attention = false;
inline at::Tensor fused_attention(const at::Tensor&, const at::Tensor&, const at::Tensor&) { return {}; }
#endif

}  // namespace retort::torch_compat
