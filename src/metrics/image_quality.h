// How near an image is to another one.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::metrics {

/// Side of the Gaussian window of ssim(), its standard deviation in pixels, and the two stabilisers for data in [0, 1].
constexpr int ssim_window_side = 11;
constexpr double ssim_window_sigma = 1.5;
constexpr double ssim_c1 = 0.01 * 0.01;
constexpr double ssim_c2 = 0.03 * 0.03;

/// Mean absolute difference of two tensors of one shape (lower is better); the gradient at ties is 0.
at::Tensor l1(const at::Tensor& prediction, const at::Tensor& target);

/// Peak signal-to-noise ratio in dB for data in [0, 1] (higher is better; equal inputs give infinity). [B,...] ->
/// [B,1]: one value for each entry of the first dimension.
at::Tensor psnr(const at::Tensor& image, const at::Tensor& target);

/// Structural similarity of [C,H,W] images in [0, 1], mean over all pixels (higher is better, at most 1). 11x11
/// Gaussian window of sigma 1.5, zero padding; border pixels count. Differentiable in both. Source: Wang et al. 2004,
/// eq. 13, in the form of Feature 3DGS, utils/loss_utils.py ssim.
at::Tensor ssim(const at::Tensor& image, const at::Tensor& target);

/// The same before the mean: [C,H,W].
at::Tensor ssim_map(const at::Tensor& image, const at::Tensor& target);

/// Means over the pixels where `mask` [H,W] (bool) holds, of [C,H,W] images in [0, 1]: dB, and structural similarity
/// (whose windows still see what lies outside, alike in both images or not). NaN when no pixel counts.
struct MaskedQuality {
  double psnr = 0, ssim = 0;
};
MaskedQuality masked_quality(const at::Tensor& image, const at::Tensor& target, const at::Tensor& mask);

}  // namespace retort::metrics
