// Small trained modules that bring a student's features to a teacher's shape.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "nn/scope.h"

namespace retort::losses {

struct ConnectorOptions {
  int64_t out_channels = 0;
  int64_t kernel = 1;  ///< odd; the map keeps its size
  bool bias = false;
  bool relu = false;
  std::optional<nn::Initialiser> initialiser = {};  ///< of the convolution; none: as nn::conv2d
};

/// Convolution `0`, batch normalisation `1` and, if asked for, ReLU: [B,C,H,W] -> [B,out,H,W]. The connectors of OFD
/// (1x1) and activation boundaries, the embedding of ICKD (3x3) and the feature adapter of KTA (with bias and ReLU).
at::Tensor connector(const nn::Scope& scope, const at::Tensor& x, const ConnectorOptions& options);

/// PAD's branch on the student's embedding [B,D]: linear `0` and batch normalisation `1` -> log-variance [B,D]. Source:
/// torchdistill, models/wrapper.py VarianceBranch4PAD.
at::Tensor log_variance_branch(const nn::Scope& scope, const at::Tensor& embedding);

/// SSKD's head on pooled features [B,D]: linear `0`, ReLU, linear `2` -> [B,D]. Source: torchdistill, models/wrapper.py
/// SSWrapper4SSKD.
at::Tensor self_supervision_head(const nn::Scope& scope, const at::Tensor& features);

}  // namespace retort::losses
