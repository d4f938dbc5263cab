// Knowledge review (Chen et al. 2021, "Distilling Knowledge via Knowledge Review").
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "nn/scope.h"

namespace retort::losses {

/// Hierarchical context loss: mean squared difference of the maps, and of both averaged down to 4x4, 2x2 and 1x1 as far
/// as that is smaller than the height, weighted 1, 1/2, 1/4, 1/8 over the levels used and divided by the sum of these
/// weights; sum over stages. Lists of [B,C,H,W] -> []. Source: paper; mdistiller, distillers/ReviewKD.py
/// hcl_loss.
at::Tensor hcl_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features);

struct AbfOptions {
  int64_t mid_channels = 0;  ///< width of the fused map that is passed on
  int64_t out_channels = 0;  ///< width of the teacher's map
  int64_t fused_side = 0;    ///< height and width that the deeper residual is resized to: those of x
  int64_t out_side = 0;      ///< height and width of the result
};

struct AbfResult {
  at::Tensor features;  ///< [B,out,out_side,out_side], to be compared with the teacher's map
  at::Tensor residual;  ///< [B,mid,out_side,out_side], for the next block
};

/// Attention-based fusion, one stage of the student from deep to shallow: `conv1.0` 1x1 without bias and batch
/// normalisation `conv1.1` to mid_channels; from the second block on, the deeper `residual` [B,mid,h,w] is resized
/// (nearest) and both are weighed by sigmoids of a 1x1 convolution `att_conv.0` of the two; resized (nearest) to
/// out_side; `conv2.0` 3x3 without bias and `conv2.1`. Convolutions start Kaiming-uniform (a = 1). x [B,C,H,W];
/// residual undefined in the first block. Source: paper, figure 3; mdistiller, distillers/ReviewKD.py ABF. Its quirk:
/// what is passed on is the fused map after the resize to out_side.
AbfResult attention_based_fusion(const nn::Scope& scope, const at::Tensor& x, const at::Tensor& residual,
                                 const AbfOptions& options);

struct ReviewOptions {
  int64_t mid_channels_at_most = 512;  ///< the fused maps are as wide as the student's deepest one, but not wider
};

/// Chain of blocks `abfs.0` (deepest), `abfs.1`, ... over the student's maps, shallow to deep, the last one being the
/// pooled vector as [B,C,1,1]: one map each for hcl_loss, shaped as the teacher's. Square maps; student and teacher
/// equal in number. Source: mdistiller, distillers/ReviewKD.py.
std::vector<at::Tensor> reviewed_maps(const nn::Scope& scope, const std::vector<at::Tensor>& student_features,
                                      const std::vector<at::Tensor>& teacher_features,
                                      const ReviewOptions& options = {});

}  // namespace retort::losses
