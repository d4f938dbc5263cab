// Low-rank adaptation of any network without touching it: the network asks for its weights, and is given adapted ones.
#pragma once

#include <string>
#include <vector>

#include "nn/scope.h"

namespace retort::nn {

struct LoraOptions {
  int64_t rank = 8;
  double alpha = 16;  ///< the change is scaled by alpha / rank
};

/// weight + alpha / rank * up down for matrices and 1x1 convolutions whose path is in `targets`; `<path>.lora_down`
/// [rank,in] and `<path>.lora_up` [out,rank] come from `adapters`, everything else from `base`. Fresh adapters start
/// with `up` at 0, which leaves the network as it was. Both sources must outlive it. Hu et al. 2021, section 4.1.
class LoraSource : public WeightSource {
 public:
  LoraSource(WeightSource& base, WeightSource& adapters, std::vector<std::string> targets, LoraOptions options = {})
      : base_(base), adapters_(adapters), targets_(std::move(targets)), options_(options) {}
  at::Tensor get(const WeightRequest& request) override;

 private:
  WeightSource& base_;
  WeightSource& adapters_;
  std::vector<std::string> targets_;
  LoraOptions options_;
};

}  // namespace retort::nn
