// Normalising layers. `weight` starts at 1, `bias` at 0, as everywhere in the field.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;  ///< share of the new batch in the running statistics
  bool affine = true;     ///< has `weight` and `bias`
  Initialiser weight = Initialiser::ones();
};

/// Per channel over batch and place: [B,C,H,W] or [B,C]. In training by the batch's own (biased) variance, moving
/// `running_mean` and `running_var` [C] (unbiased variance) in place; else by those. Ioffe and Szegedy 2015.
at::Tensor batch_norm(const Scope& scope, const at::Tensor& x, const BatchNormOptions& options = {});

/// Over the last `axes` axes: [...,F], `weight` and `bias` [F].
at::Tensor layer_norm(const Scope& scope, const at::Tensor& x, double eps = 1e-5, int64_t axes = 1);

/// Over channels within each of `groups` groups and all places: [B,C,H,W], `weight` and `bias` [C]. As many groups as
/// channels make an instance norm.
at::Tensor group_norm(const Scope& scope, const at::Tensor& x, int64_t groups, double eps = 1e-5);

/// x weight / sqrt(mean(x^2) + eps) over the last axis. Zhang and Sennrich 2019.
at::Tensor rms_norm(const Scope& scope, const at::Tensor& x, double eps = 1e-6);

}  // namespace retort::nn
