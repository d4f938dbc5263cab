// DeepLabV3 with a MobileNetV2 backbone and the light head of two branches: image pooling and a 1x1 convolution
// (Sandler et al., CVPR 2018, section 6.3; Chen et al., "Rethinking Atrous Convolution", 2017), batch norm folded.
// Names as in TensorFlow's deeplab: the backbone's, then aspp0, image_pooling, concat_projection, logits.semantic.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nn/mobilenet_v2.h"

namespace retort::nn {

struct DeepLabV3Options {
  /// DeepLab rounds the channels of narrow backbones to multiples of 4, not 8.
  MobileNetV2Options backbone = {.width = 1.0, .channel_divisor = 4, .output_stride = 16};
  int64_t head_channels = 256;
  int64_t classes = 21;  ///< 0 is background
};

/// Image [B,3,H,W], RGB, pixel / 127.5 - 1 -> scores [B,classes,ceil(H / 16),ceil(W / 16)], before the softmax. Any
/// size: the image pooling takes the mean of the whole map. "concat_projection.Relu" is the 256-channel feature map
/// that the scores are a linear function of. For H and W of the form 16 k + 1 sample i of the map sits exactly at pixel
/// 16 i.
at::Tensor deeplab_v3(const Scope& scope, const at::Tensor& image, const DeepLabV3Options& options);

/// The scores at the picture's size, [B,classes,H,W] (bilinear, corners aligned). "image_pooling.vector" [B,C] is the
/// mean of the backbone's map.
at::Tensor deeplab_v3_pixels(const Scope& scope, const at::Tensor& image, const DeepLabV3Options& options);

/// Width, head and classes as `weights` have them. UserError when they are not this network's.
DeepLabV3Options deeplab_v3_options_of(const Weights& weights);

}  // namespace retort::nn
