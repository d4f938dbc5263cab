// Where LibTorch's versions differ: 2.x, and Debian's 1.13.
#pragma once

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
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

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
inline constexpr bool has_autocast = true;
inline void begin_bfloat16() {
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
}
/// Copies of weights in bfloat16 are kept while autocast is on; the next step has other weights.
inline void end_bfloat16() {
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
}
#else
inline constexpr bool has_autocast = false;
inline void begin_bfloat16() {}
inline void end_bfloat16() {}
#endif

}  // namespace retort::torch_compat
