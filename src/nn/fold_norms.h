// Batch norms folded into the convolutions and linear layers before them, for networks that only predict.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/network.h"

namespace retort::nn {

struct FoldedNetwork {
  /// As before, but to be run in evaluation mode, at the root of a scope, on the weights beside it. A batch norm's path
  /// still has its activation; that of the layer before it is now the same.
  Network network;
  Weights weights;
  std::shared_ptr<const FoldedNorms> folded;
};

/// y = gamma (W x + b - mean) / sqrt(var + eps) + beta as one layer, its weight and bias computed in float64 and
/// rounded to the weight's type; the batch norm's tensors are gone. Folded is every batch norm whose input is the
/// output of one layer and nothing else's: found on a run on a picture of zeros, by the graph from the result and from
/// `tapped` (the activations that will be asked for and must stay what they are). Others stay as they are. UserError
/// when the weights are not the network's or a tapped name is not met.
FoldedNetwork fold_norms(const Network& network, const Weights& weights, const std::vector<std::string>& tapped = {});

}  // namespace retort::nn
