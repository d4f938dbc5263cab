#include "train/optimiser.h"

#include "core/errors.h"
#include "train/flat_optimiser.h"
#include "train/optimiser_parts.h"

namespace retort::train {

void OptimiserOptions::check(Problems& problems) const {
  problems.require(!nesterov || momentum > 0, "nesterov", "looks ahead along the momentum, which is 0");
  check_optimiser_parts(parts, problems);
}

void fields(OptionVisitor& v, OptimiserOptions& o) {
  v("kind", o.kind, "sgd with momentum, adam, adamw (decay apart from the gradient), lamb, rmsprop or adagrad");
  v("learning_rate", o.learning_rate, "at the start, before the schedule", {.min = 0});
  v("weight_decay", o.weight_decay, "pull of every parameter towards 0", {.min = 0});
  v("decay_vectors", o.decay_vectors, "biases and weights of norms decay as well");
  v("momentum", o.momentum, "sgd, rmsprop: share of the last step that is kept", {.min = 0, .max = 0.9999});
  v("nesterov", o.nesterov, "sgd: Nesterov's form of momentum");
  v("beta1", o.beta1, "adam, adamw, lamb: share of the mean gradient that is kept", {.min = 0, .max = 0.9999});
  v("beta2", o.beta2, "adam, adamw, lamb, rmsprop: share of the mean squared gradient that is kept",
    {.min = 0, .max = 0.999999});
  v("epsilon", o.epsilon, "all but sgd: added to the root of the squared gradient", {.min = 0});
  v("max_gradient_norm", o.max_gradient_norm, "scale the whole gradient down to this length; 0: never", {.min = 0});
  v("parts", o.parts,
    "other rates for some parameters, as 'student.layer1:0.1': factor on the learning rate; with ':0' behind it one on "
    "the weight decay as well");
}

std::unique_ptr<Optimiser> make_optimiser(const OptimiserOptions& options, ParameterBuffer& buffer) {
  switch (options.kind) {
    case OptimiserKind::sgd:
      return make_sgd(options, buffer);
    case OptimiserKind::adam:
    case OptimiserKind::adamw:
      return make_adam(options, buffer);
    case OptimiserKind::lamb:
      return make_lamb(options, buffer);
    case OptimiserKind::rmsprop:
      return make_rmsprop(options, buffer);
    case OptimiserKind::adagrad:
      return make_adagrad(options, buffer);
  }
  fault("an optimiser of kind {}", static_cast<int>(options.kind));
}

}  // namespace retort::train
