// The plain multilayer perceptron of data-set distillation (VICO-UoE/DatasetCondensation, networks.py, MLP).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct MlpOptions {
  int64_t width = 128;  ///< of both hidden layers
  int64_t classes = 10;
};

/// Flattened [B,...] -> fc_1, ReLU, fc_2, ReLU, fc_3 -> logits [B,classes].
at::Tensor mlp(const Scope& scope, const at::Tensor& x, const MlpOptions& options);

}  // namespace retort::nn
