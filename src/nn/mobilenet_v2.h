// MobileNetV2 (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018), batch norm folded.
// Names as in TensorFlow's slim, nets/mobilenet: Conv, expanded_conv, expanded_conv_1 ... expanded_conv_16, Conv_1,
// Logits.Conv2d_1c_1x1. A block's activations: .expand, .expand.Relu6, .depthwise, .depthwise.Relu6, .project, .output
// (the block's result, behind the residual sum where there is one).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct MobileNetV2Options {
  double width = 1.0;           ///< factor on the channels of all layers but the last two
  int64_t channel_divisor = 8;  ///< scaled channels are rounded to a multiple of this, never by more than 10 % down
  int64_t output_stride = 32;   ///< 8, 16 or 32: what would reduce the map further is dilated instead
  int64_t classes = 1001;       ///< 0 is background, then the 1000 ImageNet classes in wnid order
};

/// Channels of a layer that has `channels` at width 1. Source: slim, nets/mobilenet/mobilenet.py, _make_divisible.
int64_t mobilenet_channels(int64_t channels, const MobileNetV2Options& options);

/// Image [B,3,H,W], RGB, pixel / 127.5 - 1 -> last block's map [B, 320 width, ceil(H / stride), ceil(W / stride)]. Any
/// size.
at::Tensor mobilenet_v2_blocks(const Scope& scope, const at::Tensor& image, const MobileNetV2Options& options);

/// The classifier: blocks, Conv_1 (1280 channels), mean over the map, logits [B,classes].
at::Tensor mobilenet_v2(const Scope& scope, const at::Tensor& image, const MobileNetV2Options& options);

/// Width and classes as `weights` have them. UserError when they are not this network's.
MobileNetV2Options mobilenet_v2_options_of(const Weights& weights);

}  // namespace retort::nn
