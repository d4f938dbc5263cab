// ConvNet, the network of data-set distillation (Gidaris and Komodakis 2018; VICO-UoE/DatasetCondensation,
// networks.py): blocks of 3x3 convolution, norm, activation and pooling, then one linear layer. Names: features.{n},
// counted over all layers of all blocks (without norm or pooling the numbers close up), and classifier.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/network.h"
#include "nn/scope.h"

namespace retort::run {
class ParityCall;
}

namespace retort::nn {

enum class ConvNetNorm { instancenorm, batchnorm, layernorm, groupnorm, none };
enum class ConvNetActivation { relu, leakyrelu, sigmoid, swish };
enum class ConvNetPooling { avgpooling, maxpooling, none };
std::vector<std::string> choices(ConvNetNorm);
std::vector<std::string> choices(ConvNetActivation);
std::vector<std::string> choices(ConvNetPooling);

struct ConvNetOptions {
  int64_t width = 128;                           ///< filters of every convolution
  int64_t depth = 3;                             ///< blocks
  ConvNetNorm norm = ConvNetNorm::instancenorm;  ///< instance norm is a group norm of single channels, with weights
  ConvNetActivation activation = ConvNetActivation::relu;
  ConvNetPooling pooling = ConvNetPooling::avgpooling;  ///< 2x2
  int64_t classes = 10;
};

/// [B,C,H,W] -> logits [B,classes]. Pictures of one channel are padded by 3 in the first convolution, which makes 28 of
/// MNIST 32. The classifier's input is its tap "classifier.input" [B,D].
at::Tensor convnet(const Scope& scope, const at::Tensor& image, const ConvNetOptions& options);

/// As a golden file's options say it.
ConvNetOptions convnet_options_of(const run::ParityCall& call);

}  // namespace retort::nn
