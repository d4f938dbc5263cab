// DeepLabV3 on a small ResNet: a segmentation network with batch norm for pictures of one to a few hundred pixels.
// Backbone: the blocks of He et al. 2016 for CIFAR, its last stage dilated in place of a stride (output stride 8).
// Head: Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", 2017, section 3.3. Names: conv1,
// bn1, layer1 to layer3 as cifar_resnet has them; aspp.{pooling,0,1,2}, project, classifier.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

#include "nn/scope.h"

namespace retort::nn {

struct DeepLabResNetOptions {
  std::array<int64_t, 4> widths = {16, 16, 32, 64};  ///< channels of the stem and the stages
  int64_t blocks = 1;                                ///< a stage
  int64_t head_channels = 64;
  std::array<int64_t, 2> rates = {2, 4};  ///< of the head's dilated convolutions, in steps of 8 pixels
  int64_t classes = 11;
};

/// Image [B,3,H,W] of any size -> scores [B,classes,H,W] before the softmax. They are the map "classifier"
/// [B,classes,ceil(H / 8),ceil(W / 8)], enlarged (bilinear, corners not aligned). "project.relu" is the map of
/// `head_channels` that it is a linear function of, "avgpool" [B,C] the mean of layer3.
at::Tensor deeplab_resnet(const Scope& scope, const at::Tensor& image, const DeepLabResNetOptions& options);

}  // namespace retort::nn
