// The pure functions of Feature 3DGS (Zhou et al., CVPR 2024; ShijieZhou-UCLA/feature-3dgs @6c570d6), in tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "distil/field/gaussians/gaussian_field.h"

namespace retort::field {

/// Rendered map [C,H,W] -> bilinearly resized (corners aligned) to height x width -> decoded, [O,height,width]; without
/// a decoder only resized. Resizing comes first, as in train.py; the convolution is models/networks.py CNN_decoder.
at::Tensor decode_feature_map(const at::Tensor& feature_map, const std::optional<FeatureDecoder>& decoder,
                              int64_t height, int64_t width);

struct JointLossOptions {
  double lambda_dssim = 0.2;  ///< weight of 1 - SSIM against L1
  double gamma = 1.0;         ///< weight of the feature term; fixed to 1 in the original
};

struct JointLoss {
  at::Tensor loss;        ///< (1 - lambda) l1 + lambda (1 - ssim) + gamma feature_l1
  at::Tensor l1;          ///< of the image
  at::Tensor feature_l1;  ///< at the size of the teacher's map
};

/// image, target [3,H,W]; feature_map [C,H,W]; target_feature_map [O,h,w] (train.py training). Differentiable.
JointLoss joint_loss(const at::Tensor& image, const at::Tensor& target, const at::Tensor& feature_map,
                     const at::Tensor& target_feature_map, const std::optional<FeatureDecoder>& decoder,
                     const JointLossOptions& options);

struct SelectionRule {
  std::vector<int64_t> positive_ids;      ///< rows of the queries that are meant
  std::optional<double> score_threshold;  ///< needed when there is one query
};

/// Which splats answer a query, for extraction and recolouring: features [P,C], queries [K,C] -> [P] of 0 and 1, in the
/// features' dtype. One query: cosine >= threshold. Several: softmax of the cosines without a temperature; with a
/// threshold the sum over the positive ids must reach it, without one the largest must be a positive id (their sum
/// counts as the first of them). Splats whose features are all 0 have cosine 0 (NaN in the original). UserError for ids
/// outside [0, K) or a missing threshold. Source: gaussian_renderer/__init__.py calculate_selection_score.
at::Tensor selection_score(const at::Tensor& features, const at::Tensor& queries, const SelectionRule& rule);

/// The same from the cosines [P,K] of splats and queries -> [P] bool; for features that are stored coded.
at::Tensor selection_of_cosines(const at::Tensor& cosines, const SelectionRule& rule);

/// The same for deletion: both rules, joined by or. As in the original, the threshold is held against a sum in which
/// the first positive id already stands for all of them, so further ids count twice. Source:
/// gaussian_renderer/__init__.py calculate_selection_score_delete.
at::Tensor selection_score_delete(const at::Tensor& features, const at::Tensor& queries, const SelectionRule& rule);

}  // namespace retort::field
