#include <ATen/ATen.h>

#include "train/flat_optimiser.h"

namespace retort::train {

namespace {
class Sgd : public FlatOptimiser {
 public:
  Sgd(const OptimiserOptions& options, ParameterBuffer& buffer) : FlatOptimiser(options, buffer) {
    if (options.momentum > 0) velocity_ = keep("velocity");
  }

 protected:
  void move(double learning_rate) override {
    if (velocity_.defined()) {
      // The first velocity is the first direction: the zero it starts from makes it so.
      velocity_.mul_(options_.momentum).add_(gradients());
      add_decay(velocity_);
      if (!options_.nesterov) return descend(velocity_, learning_rate);
    }
    // rate * (g + decay p), term by term: the values need no copy.
    shrink(learning_rate);
    descend(gradients(), learning_rate);
    if (velocity_.defined()) descend(velocity_, learning_rate * options_.momentum);
  }

 private:
  at::Tensor velocity_;
};
}  // namespace

std::unique_ptr<Optimiser> make_sgd(const OptimiserOptions& options, ParameterBuffer& buffer) {
  return std::make_unique<Sgd>(options, buffer);
}

}  // namespace retort::train
