// An exponential moving average of a network's weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "core/options.h"
#include "nn/weights.h"
#include "train/parameter_buffer.h"

namespace retort::run {
class StateWriter;
class StateReader;
}  // namespace retort::run

namespace retort::train {

struct ExponentialAverageOptions {
  double decay = 0;
  bool warm_up = true;
};
void fields(OptionVisitor& v, ExponentialAverageOptions& o);

class ExponentialAverage {
 public:
  /// Starts at what `weights` are now, which the sealed `buffer` took as `set`. Their tensors must change in place
  /// only, as an optimiser, batch norms and a checkpoint's load() do.
  ExponentialAverage(const ExponentialAverageOptions& options, const ParameterBuffer& buffer, const std::string& set,
                     const nn::Weights& weights);

  /// average = d average + (1 - d) weights with d = decay; with warm_up d = min(decay, (1 + n) / (10 + n)) in the n-th
  /// update, counted from 1. Buffers likewise, but whole numbers (counters) are copied.
  void update();

  /// The average, with the names of the weights: to be evaluated and stored.
  const nn::Weights& weights() const { return averaged_; }

  /// Under "average.".
  void save(run::StateWriter& state) const;
  void load(const run::StateReader& state);

 private:
  ExponentialAverageOptions options_;
  at::Tensor live_values_, averaged_values_;  ///< [P] of the set
  std::map<std::string, at::Tensor> live_buffers_;
  nn::Weights averaged_;  ///< parameters are views of averaged_values_
  int64_t updates_ = 0;
};

}  // namespace retort::train
