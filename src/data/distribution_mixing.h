// Pictures of a batch that exchange their brightness and contrast.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::data {

struct DistributionMixingOptions {
  double eps = 1e-6;  ///< added to the variance
};

/// Each picture and channel is standardised and takes on share `mix` of its own mean and deviation and 1 - mix of those
/// of its partner: [B,C,H,W], mix [B] in [0, 1] (KD3 draws it from Beta(0.1, 0.1)), partner int64 [B]. Variances are
/// unbiased; no gradient flows through the statistics. UserError for pictures of a single pixel. Source: Tang et al.,
/// "Distribution Shift Matters for Knowledge Distillation with Webly Collected Images", 2023, equation 8;
/// tangjialiang97/KD3, KDDD/dataset/augmentation.py MixDistribution.
at::Tensor mix_distributions(const at::Tensor& images, const at::Tensor& mix, const at::Tensor& partner,
                             const DistributionMixingOptions& options = {});

}  // namespace retort::data
