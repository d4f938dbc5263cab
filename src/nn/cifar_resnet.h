// Residual networks for small pictures (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016,
// section 4.2): a 3x3 stem and three stages of basic blocks, strides 1, 2, 2.
// Names: conv1, bn1, layer{1,2,3}.{k}.{conv1,bn1,conv2,bn2,downsample.{0,1}}, fc. Activations: "relu" (stem), "layer1"
// ... "layer3", "layer3.2.relu" and "layer3.2.relu.input" (a block's result after and before its last activation),
// "avgpool" [B,D].
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::nn {

/// What joins maps of different shapes: a 1x1 convolution with batch norm, or every second place with zeros for the new
/// channels (option A of the paper, which has no weights).
enum class CifarShortcut { projection, zero_padding };

struct CifarBlockOptions {
  int64_t channels = 16;
  int64_t stride = 1;
  int64_t dilation = 1;  ///< of both convolutions
  CifarShortcut shortcut = CifarShortcut::projection;
};

/// Two 3x3 convolutions with batch norm beside the shortcut, then the activation "relu": [B,C,H,W] ->
/// [B,channels,ceil(H / stride),ceil(W / stride)].
at::Tensor cifar_block(const Scope& scope, const at::Tensor& x, const CifarBlockOptions& options);

struct CifarResNetOptions {
  int64_t depth = 20;                                ///< 6 n + 2 layers for n blocks a stage
  std::array<int64_t, 4> widths = {16, 16, 32, 64};  ///< channels of the stem and the stages
  CifarShortcut shortcut = CifarShortcut::projection;
  std::string classifier = "fc";
  int64_t classes = 10;
};

/// [B,3,32,32] -> logits [B,classes]. Fault when the depth is not 6 n + 2.
at::Tensor cifar_resnet(const Scope& scope, const at::Tensor& image, const CifarResNetOptions& options);

}  // namespace retort::nn
