// Layers as free functions. Those with weights ask their scope for them; all offer their output under the scope's path
// and their input as "<path>.input". Built from torch operations that have gradients of gradients and tangents.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "nn/scope.h"

namespace retort::nn {

struct Conv2dOptions {
  int64_t out_channels = 0;
  int64_t kernel = 1, stride = 1, dilation = 1;
  int64_t groups = 1;
  int64_t padding = 0;           ///< zeros on all four sides; not used with `same`
  bool same_tensorflow = false;  ///< output side = ceil(side / stride); odd zeros go right and below (see same_padding)
  bool bias = true;
  /// How the weight starts; none: as PyTorch's layer does, uniform within 1 / sqrt(fan in), the bias likewise.
  std::optional<Initialiser> initialiser = {};
  std::optional<Initialiser> bias_initialiser = {};  ///< none: uniform within 1 / sqrt(fan in), whatever the weight's
};

/// Normal with variance 2 / (kernel^2 out_channels / groups): He et al. 2015, the mode that keeps gradients' size.
Initialiser kaiming_fan_out(const Conv2dOptions& options);

/// The convolution before a batch norm: padded by kernel / 2, no bias, normal with variance 2 / (kernel^2 out_channels)
/// whatever the groups (PyTorch's kaiming_normal_ with fan_out).
Conv2dOptions bare_conv(int64_t out_channels, int64_t kernel, int64_t stride = 1);

/// Zeros before and after one axis of `size` under TensorFlow's SAME rule:
/// total = max((ceil(size / stride) - 1) stride + (kernel - 1) dilation + 1 - size, 0), half of it (rounded down)
/// before. Source: tensorflow, core/framework/kernel_shape_util.cc, GetWindowedOutputSize.
struct SamePadding {
  int64_t before = 0, after = 0;
};
SamePadding same_padding(int64_t size, int64_t kernel, int64_t stride, int64_t dilation);

/// [B,C,H,W] -> [B,out,H',W'] with `weight` [out, C / groups, kernel, kernel] and `bias` [out]; cross-correlation.
/// Fault when x is not 4-D or C does not divide.
at::Tensor conv2d(const Scope& scope, const at::Tensor& x, const Conv2dOptions& options);

/// A filter of its own for each channel: conv2d with groups = out_channels = C.
at::Tensor depthwise_conv2d(const Scope& scope, const at::Tensor& x, Conv2dOptions options);

struct ConvTranspose2dOptions {
  int64_t out_channels = 0;
  int64_t kernel = 1, stride = 1, padding = 0;
  bool bias = true;
};

/// The transpose of conv2d: [B,C,H,W] -> [B,out,(H - 1) stride - 2 padding + kernel, ...] with `weight`
/// [C,out,kernel,kernel].
at::Tensor conv_transpose2d(const Scope& scope, const at::Tensor& x, const ConvTranspose2dOptions& options);

struct LinearOptions {
  int64_t out_features = 0;
  bool bias = true;
  std::optional<Initialiser> initialiser = {};  ///< of the weight; the bias then starts at 0. None: as PyTorch's layer
};

/// [...,F] -> [...,out] with `weight` [out,F] and `bias` [out].
at::Tensor linear(const Scope& scope, const at::Tensor& x, const LinearOptions& options);

/// Rows of `weight` [count,width] by index: int64 [...] -> [...,width].
at::Tensor embedding(const Scope& scope, const at::Tensor& indices, int64_t count, int64_t width,
                     const Initialiser& initialiser = Initialiser::normal(1));

/// max(x, 0).
at::Tensor relu(const Scope& scope, const at::Tensor& x);

/// min(max(x, 0), 6); the gradient is 0 at both ends.
at::Tensor relu6(const Scope& scope, const at::Tensor& x);

/// x where positive, slope * x elsewhere.
at::Tensor leaky_relu(const Scope& scope, const at::Tensor& x, double slope);

/// x * sigmoid(x) (swish).
at::Tensor silu(const Scope& scope, const at::Tensor& x);

/// x * Phi(x) with the exact normal distribution, or its tanh approximation.
at::Tensor gelu(const Scope& scope, const at::Tensor& x, bool tanh_approximation = false);

/// In training zeroes each element with probability `rate` and divides the rest by 1 - rate; else x itself.
at::Tensor dropout(const Scope& scope, const at::Tensor& x, double rate);

/// In training drops whole samples (first axis) of a residual branch with probability `rate` and divides the rest by
/// 1 - rate (stochastic depth, Huang et al. 2016); else x itself.
at::Tensor drop_path(const Scope& scope, const at::Tensor& x, double rate);

struct MaxPool2dOptions {
  int64_t kernel = 2, stride = 2;
  int64_t padding = 0;    ///< on all four sides; what lies there never wins
  bool round_up = false;  ///< a last window may reach over the border (PyTorch's ceil_mode); else the rest is dropped
};

/// Largest value of each window: [B,C,H,W] -> [B,C,H',W'].
at::Tensor max_pool2d(const Scope& scope, const at::Tensor& x, const MaxPool2dOptions& options);

/// Mean of each window, without padding: [B,C,H,W] -> [B,C,H',W'].
at::Tensor average_pool2d(const Scope& scope, const at::Tensor& x, int64_t kernel, int64_t stride);

/// Mean over the whole map: [B,C,H,W] -> [B,C,1,1].
at::Tensor global_average_pool(const Scope& scope, const at::Tensor& x);

/// Mean over the whole map, tapped as "avgpool", then the linear layer `classifier`: [B,C,H,W] -> [B,classes].
at::Tensor classify_pooled(const Scope& scope, const at::Tensor& x, const std::string& classifier, int64_t classes);

/// Bilinear with aligned corners: the corner samples of [B,C,H,W] and of the [B,C,height,width] result coincide.
at::Tensor resize_bilinear(const Scope& scope, const at::Tensor& x, int64_t height, int64_t width);

/// Channels of a layer that has `channels` at width 1: the nearest whole number, at least 1.
int64_t scaled_channels(int64_t channels, double width);

/// Interleaves `groups` blocks of channels: (group, c) -> (c, group). Source: ShuffleNet (Zhang et al., CVPR 2018).
at::Tensor shuffle_channels(const at::Tensor& x, int64_t groups);

/// Joins maps of equal B, H, W along the channels, in the order given.
at::Tensor concat_channels(const Scope& scope, const std::vector<at::Tensor>& maps);

}  // namespace retort::nn
