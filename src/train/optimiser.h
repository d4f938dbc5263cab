// Optimisers over a ParameterBuffer.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/options.h"
#include "train/parameter_buffer.h"

namespace retort::run {
class StateWriter;
class StateReader;
}  // namespace retort::run

namespace retort::train {

enum class OptimiserKind { sgd, adam, adamw, lamb, rmsprop, adagrad };
inline std::vector<std::string> choices(OptimiserKind) {
  return {"sgd", "adam", "adamw", "lamb", "rmsprop", "adagrad"};
}

struct OptimiserOptions {
  OptimiserKind kind = OptimiserKind::sgd;
  double learning_rate = 0.05;
  double weight_decay = 5e-4;
  bool decay_vectors = true;  // biases and weights of norms as well
  double momentum = 0.9;
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double max_gradient_norm = 0;
  std::vector<std::string> parts = {};  // see train/optimiser_parts.h

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, OptimiserOptions& o);

class Optimiser {
 public:
  virtual ~Optimiser() = default;
  /// Moves the buffer's values by its gradients; the gradients stay as they are but for clipping. `learning_rate` is
  /// the schedule's for this step.
  virtual void step(double learning_rate) = 0;
  virtual void save(run::StateWriter& state) const = 0;
  virtual void load(const run::StateReader& state) = 0;
};

/// sgd: d = g + decay p; v = momentum v + d (v = d at first); p -= rate (nesterov ? d + momentum v : v), as
/// torch.optim.SGD. adam: Kingma and Ba 2015 with the decay added to the gradient; adamw: Loshchilov and Hutter 2019,
/// p -= rate decay p beside it. lamb: You et al. 2020, algorithm 2: Adam's step with the decay in it, of each tensor
/// scaled to the length of the tensor. rmsprop, adagrad: as torch.optim.RMSprop (alpha = beta2) and Adagrad. The buffer
/// must outlive the optimiser. UserError where `parts` name what is not in the buffer.
std::unique_ptr<Optimiser> make_optimiser(const OptimiserOptions& options, ParameterBuffer& buffer);

}  // namespace retort::train
