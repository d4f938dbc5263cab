#include "nn/norms.h"

#include <ATen/ATen.h>

#include "core/errors.h"
#include "io/array.h"

namespace retort::nn {

at::Tensor batch_norm(const Scope& scope, const at::Tensor& x, const BatchNormOptions& options) {
  RT_CHECK(x.dim() == 4 || x.dim() == 2, "{}: wants [B,C,H,W] or [B,C], got {}", scope.path(),
           io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  if (scope.is_folded_norm()) {
    RT_CHECK(!scope.training(), "{}: is folded into the layer before it, which can't be trained", scope.path());
    return scope.tap(x);
  }
  scope.record_norm(x, options.eps);
  const int64_t channels = x.size(1);
  const auto weight = options.affine ? scope.parameter("weight", {channels}, options.weight) : at::Tensor();
  const auto bias = options.affine ? scope.parameter("bias", {channels}, Initialiser::zeros()) : at::Tensor();
  const auto mean = scope.buffer("running_mean", {channels}, Initialiser::zeros());
  const auto variance = scope.buffer("running_var", {channels}, Initialiser::ones());
  const auto batches = scope.counter("num_batches_tracked");
  if (scope.training()) {
    RT_CHECK(x.numel() / channels > 1, "{}: batch statistics of a single value a channel ({})", scope.path(),
             io::shape_text(x.sizes().vec()));
    if (batches.defined()) batches.add_(1);
  }
  return scope.tap(
      at::batch_norm(x, weight, bias, mean, variance, scope.training(), options.momentum, options.eps, false));
}

at::Tensor layer_norm(const Scope& scope, const at::Tensor& x, double eps, int64_t axes) {
  RT_CHECK(axes >= 1 && axes <= x.dim(), "{}: a norm over {} axes of {}", scope.path(), axes,
           io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  const auto shape = x.sizes().slice(x.dim() - axes).vec();
  const auto weight = scope.parameter("weight", shape, Initialiser::ones());
  const auto bias = scope.parameter("bias", shape, Initialiser::zeros());
  return scope.tap(at::layer_norm(x, shape, weight, bias, eps));
}

at::Tensor group_norm(const Scope& scope, const at::Tensor& x, int64_t groups, double eps) {
  RT_CHECK(x.dim() == 4 && x.size(1) % groups == 0, "{}: wants [B,C,H,W] with C a multiple of {}, got {}", scope.path(),
           groups, io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  const auto weight = scope.parameter("weight", {x.size(1)}, Initialiser::ones());
  const auto bias = scope.parameter("bias", {x.size(1)}, Initialiser::zeros());
  return scope.tap(at::group_norm(x, groups, weight, bias, eps));
}

at::Tensor rms_norm(const Scope& scope, const at::Tensor& x, double eps) {
  scope.tap_input(x);
  const auto weight = scope.parameter("weight", {x.size(-1)}, Initialiser::ones());
  return scope.tap(x * (x.square().mean(-1, true) + eps).rsqrt() * weight);
}

}  // namespace retort::nn
