// The pure functions of Feature 3DGS (Zhou et al., CVPR 2024; ShijieZhou-UCLA/feature-3dgs @6c570d6), in tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

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

}  // namespace retort::field
