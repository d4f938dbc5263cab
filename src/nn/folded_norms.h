// What a scope knows of batch norms that stand in the weights of the layers before them (nn/fold_norms.h).
#pragma once

#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <vector>

namespace retort::nn {

struct FoldedNorms {
  std::set<std::string> norms;   ///< paths of batch norms that hand on their input
  std::set<std::string> biased;  ///< paths of the layers before them: those have a bias, whatever the network says
};

/// Layers of one run in order, a layer that works twice twice.
struct FoldingRecord {
  struct Seen {
    std::string path;
    at::Tensor tensor;  ///< a map's output, a norm's input
    double eps = 0;     ///< of a norm
  };
  std::vector<Seen> maps;   ///< convolutions and linear layers
  std::vector<Seen> norms;  ///< batch norms
};

}  // namespace retort::nn
