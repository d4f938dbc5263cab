// The branches of OFA-KD: from a stage of the student to logits of its own. Dropped after training.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::losses {

struct SeparableOptions {
  int64_t out_channels = 0;
  int64_t stride = 2;
};

/// Two separable convolutions: `op.0` 3x3 each channel for itself with the stride, `op.1` 1x1, `op.2` batch
/// normalisation, ReLU; `op.4`, `op.5` (to out_channels), `op.6` likewise with stride 1. No biases. [B,C,H,W] ->
/// [B,out,H',W']. Source: Hao840/OFAKD, distillers/utils.py SepConv.
at::Tensor separable_block(const nn::Scope& scope, const at::Tensor& x, const SeparableOptions& options);

struct PatchMergingOptions {
  int64_t height = 0, width = 0;  ///< of the grid of tokens; both even
  int64_t out_features = 0;
  bool gelu = true;
};

/// Two by two neighbouring tokens become one: (0,0), (1,0), (0,1), (1,1) (row, column) side by side, layer norm `norm`
/// over 4D, linear `reduction` without bias, GELU. [B,H W,D] -> [B,H W / 4,out]. UserError when the tokens are no such
/// grid. Source: Hao840/OFAKD, distillers/utils.py PatchMerging.
at::Tensor merged_patches(const nn::Scope& scope, const at::Tensor& tokens, const PatchMergingOptions& options);

struct MapBranchOptions {
  int64_t stage = 1;  ///< 1 to `stages`, from the picture on
  int64_t stages = 4;
  int64_t width = 0;  ///< the wider of the student's and the teacher's final width
  int64_t classes = 0;
};

/// A branch on a map [B,C,H,W] -> logits [B,classes]. After the last stage `0`, a 1x1 convolution to `width`; after an
/// earlier one a separable_block `0`, `1`, ... for each stage that is left, each of twice the channels of the one
/// before and the last of `width`. Then the mean over places and the linear `head`. Convolutions start normal with
/// variance 2 / (kernel^2 out_channels), `head` truncated normal of 0.02. Source: paper, appendix; Hao840/OFAKD,
/// distillers/ofa.py.
at::Tensor map_branch_logits(const nn::Scope& scope, const at::Tensor& map, const MapBranchOptions& options);

}  // namespace retort::losses
