// All parameters of a job in one piece of memory, their gradients in another: optimisers sweep over flat arrays.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/weights.h"

namespace retort::train {

class ParameterBuffer {
 public:
  /// Where a parameter lies.
  struct Range {
    std::string name;
    int64_t begin = 0, count = 0;
    int64_t dimensions = 0;  ///< 1 for biases and the weights of norms
  };

  /// Takes the parameters of several sets of weights (float32, contiguous), names led by the set's:
  /// "student.fc.weight". Afterwards the sets' tensors are leaves that lie in values() and gather gradients in
  /// gradients().
  /// Only those that `wanted` agrees to; the others leave the graph.
  void take(const std::string& set, nn::Weights& weights,
            const std::function<bool(const std::string& name)>& wanted = {});
  /// Moves everything taken into one buffer; no more sets afterwards. Fault when nothing was taken.
  void seal();

  const std::vector<Range>& ranges() const { return ranges_; }
  at::Tensor values() const { return values_; }        ///< [P], outside of any graph
  at::Tensor gradients() const { return gradients_; }  ///< [P]
  void zero_gradients() { gradients_.zero_(); }

 private:
  std::vector<Range> ranges_;
  std::vector<at::Tensor*> places_;  ///< of the sets' tensors, until seal()
  int64_t count_ = 0;
  at::Tensor values_, gradients_;
};

}  // namespace retort::train
