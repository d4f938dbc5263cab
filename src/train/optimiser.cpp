#include "train/optimiser.h"

#include <ATen/ATen.h>

#include <cmath>

#include "run/state.h"

namespace retort::train {

namespace {

/// Weight decay as one number, or one an element where vectors are spared.
at::Tensor decay_of(const OptimiserOptions& options, const ParameterBuffer& buffer) {
  auto decay = at::full_like(buffer.values(), options.weight_decay);
  for (const auto& range : buffer.ranges())
    if (!options.decay_vectors && range.dimensions <= 1) decay.narrow(0, range.begin, range.count).zero_();
  return decay;
}

class FlatOptimiser : public Optimiser {
 public:
  FlatOptimiser(const OptimiserOptions& options, ParameterBuffer& buffer)
      : options_(options), buffer_(buffer), decay_(decay_of(options, buffer)) {}

  void step(double learning_rate) final {
    const at::NoGradGuard no_grad;
    clip();
    move(learning_rate);
    ++steps_;
  }

 protected:
  virtual void move(double learning_rate) = 0;

  void save_vector(run::StateWriter& state, const char* name, const at::Tensor& vector) const {
    state.tensor(std::string("optimiser.") + name, vector);
    state.integer("optimiser.steps", steps_);
  }
  void load_vector(const run::StateReader& state, const char* name, at::Tensor& vector) {
    const auto saved = state.tensor(std::string("optimiser.") + name);
    if (saved.sizes() != vector.sizes())
      user_error("{}: optimiser.{} has {} values, this job has {}", state.source(), name, saved.numel(),
                 vector.numel());
    vector.copy_(saved);
    steps_ = state.integer("optimiser.steps");
  }

  const OptimiserOptions options_;
  ParameterBuffer& buffer_;
  at::Tensor decay_;
  int64_t steps_ = 0;

 private:
  void clip() {
    if (options_.max_gradient_norm <= 0) return;
    auto gradients = buffer_.gradients();
    const double norm = gradients.norm(2).item<double>();
    if (norm > options_.max_gradient_norm) gradients.mul_(options_.max_gradient_norm / (norm + 1e-6));
  }
};

class Sgd : public FlatOptimiser {
 public:
  Sgd(const OptimiserOptions& options, ParameterBuffer& buffer)
      : FlatOptimiser(options, buffer), velocity_(at::zeros_like(buffer.values())) {}

  void save(run::StateWriter& state) const override { save_vector(state, "velocity", velocity_); }
  void load(const run::StateReader& state) override { load_vector(state, "velocity", velocity_); }

 protected:
  void move(double learning_rate) override {
    auto values = buffer_.values();
    const auto direction = at::addcmul(buffer_.gradients(), decay_, values);
    // The first velocity is the first direction: the zero it starts from makes it so.
    velocity_.mul_(options_.momentum).add_(direction);
    values.add_(options_.nesterov ? direction + velocity_ * options_.momentum : velocity_, -learning_rate);
  }

 private:
  at::Tensor velocity_;
};

class Adam : public FlatOptimiser {
 public:
  Adam(const OptimiserOptions& options, ParameterBuffer& buffer)
      : FlatOptimiser(options, buffer),
        first_moment_(at::zeros_like(buffer.values())),
        second_moment_(at::zeros_like(buffer.values())) {}

  void save(run::StateWriter& state) const override {
    save_vector(state, "first_moment", first_moment_);
    save_vector(state, "second_moment", second_moment_);
  }
  void load(const run::StateReader& state) override {
    load_vector(state, "first_moment", first_moment_);
    load_vector(state, "second_moment", second_moment_);
  }

 protected:
  void move(double learning_rate) override {
    auto values = buffer_.values();
    auto gradients = buffer_.gradients();
    if (options_.kind == OptimiserKind::adamw) {
      values.sub_(values * decay_ * learning_rate);
    } else {
      gradients = at::addcmul(gradients, decay_, values);
    }
    first_moment_.mul_(options_.beta1).add_(gradients, 1 - options_.beta1);
    second_moment_.mul_(options_.beta2).addcmul_(gradients, gradients, 1 - options_.beta2);
    const auto count = static_cast<double>(steps_ + 1);
    const double first_bias = 1 - std::pow(options_.beta1, count), second_bias = 1 - std::pow(options_.beta2, count);
    const auto root = (second_moment_ / second_bias).sqrt_().add_(options_.epsilon);
    values.addcdiv_(first_moment_, root, -learning_rate / first_bias);
  }

 private:
  at::Tensor first_moment_, second_moment_;
};

}  // namespace

void OptimiserOptions::check(Problems& problems) const {
  problems.require(!nesterov || momentum > 0, "nesterov", "looks ahead along the momentum, which is 0");
}

void fields(OptionVisitor& v, OptimiserOptions& o) {
  v("kind", o.kind, "sgd with momentum, adam, or adamw (decay apart from the gradient)");
  v("learning_rate", o.learning_rate, "at the start, before the schedule", {.min = 0});
  v("weight_decay", o.weight_decay, "pull of every parameter towards 0", {.min = 0});
  v("decay_vectors", o.decay_vectors, "biases and weights of norms decay as well");
  v("momentum", o.momentum, "sgd: share of the last step that is kept", {.min = 0, .max = 0.9999});
  v("nesterov", o.nesterov, "sgd: Nesterov's form of momentum");
  v("beta1", o.beta1, "adam: share of the mean gradient that is kept", {.min = 0, .max = 0.9999});
  v("beta2", o.beta2, "adam: share of the mean squared gradient that is kept", {.min = 0, .max = 0.999999});
  v("epsilon", o.epsilon, "adam: added to the root of the squared gradient", {.min = 0});
  v("max_gradient_norm", o.max_gradient_norm, "scale the whole gradient down to this length; 0: never", {.min = 0});
}

std::unique_ptr<Optimiser> make_optimiser(const OptimiserOptions& options, ParameterBuffer& buffer) {
  if (options.kind == OptimiserKind::sgd) return std::make_unique<Sgd>(options, buffer);
  return std::make_unique<Adam>(options, buffer);
}

}  // namespace retort::train
