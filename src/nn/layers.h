// Layers as free functions. Those with weights ask their scope for them; all offer their output under the scope's path
// and their input as "<path>.input". Built from torch operations that have gradients of gradients and tangents.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
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
};

/// Zeros before and after one axis of `size` under TensorFlow's SAME rule:
/// total = max((ceil(size / stride) - 1) stride + (kernel - 1) dilation + 1 - size, 0), half of it (rounded down)
/// before. Source: tensorflow, core/framework/kernel_shape_util.cc, GetWindowedOutputSize.
struct SamePadding {
  int64_t before = 0, after = 0;
};
SamePadding same_padding(int64_t size, int64_t kernel, int64_t stride, int64_t dilation);

/// [B,C,H,W] -> [B,out,H',W'] with `weight` [out, C / groups, kernel, kernel] and `bias` [out]; cross-correlation.
/// Starts as PyTorch's layer does: uniform within 1 / sqrt(fan in). Fault when x is not 4-D or C does not divide.
at::Tensor conv2d(const Scope& scope, const at::Tensor& x, const Conv2dOptions& options);

/// A filter of its own for each channel: conv2d with groups = out_channels = C.
at::Tensor depthwise_conv2d(const Scope& scope, const at::Tensor& x, Conv2dOptions options);

/// max(x, 0).
at::Tensor relu(const Scope& scope, const at::Tensor& x);

/// min(max(x, 0), 6); the gradient is 0 at both ends.
at::Tensor relu6(const Scope& scope, const at::Tensor& x);

struct MaxPool2dOptions {
  int64_t kernel = 2, stride = 2;
  bool round_up = false;  ///< a last window may reach over the border (PyTorch's ceil_mode); else the rest is dropped
};

/// Largest value of each window, without padding: [B,C,H,W] -> [B,C,H',W'].
at::Tensor max_pool2d(const Scope& scope, const at::Tensor& x, const MaxPool2dOptions& options);

/// Mean over the whole map: [B,C,H,W] -> [B,C,1,1].
at::Tensor global_average_pool(const Scope& scope, const at::Tensor& x);

/// Bilinear with aligned corners: the corner samples of [B,C,H,W] and of the [B,C,height,width] result coincide.
at::Tensor resize_bilinear(const Scope& scope, const at::Tensor& x, int64_t height, int64_t width);

/// Channels of a layer that has `channels` at width 1: the nearest whole number, at least 1.
int64_t scaled_channels(int64_t channels, double width);

/// Joins maps of equal B, H, W along the channels, in the order given.
at::Tensor concat_channels(const Scope& scope, const std::vector<at::Tensor>& maps);

}  // namespace retort::nn
