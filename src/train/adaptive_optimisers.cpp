// Optimisers that divide by the root of the squared gradient.
#include <ATen/ATen.h>

#include <cmath>

#include "train/flat_optimiser.h"

namespace retort::train {

namespace {
/// The two moments that Adam and LAMB keep.
class MomentOptimiser : public FlatOptimiser {
 public:
  MomentOptimiser(const OptimiserOptions& options, ParameterBuffer& buffer)
      : FlatOptimiser(options, buffer), first_moment_(keep("first_moment")), second_moment_(keep("second_moment")) {}

 protected:
  void track(const at::Tensor& gradient) {
    first_moment_.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
    second_moment_.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
  }

  /// m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon), in scratch(), but for the first division: by
  /// first_bias(), which a rate can take in.
  at::Tensor& quotient() {
    auto& root = scratch();
    at::sqrt_out(root, second_moment_).div_(std::sqrt(1 - std::pow(options_.beta2, count()))).add_(options_.epsilon);
    return at::div_out(root, first_moment_, root);
  }
  double first_bias() const { return 1 - std::pow(options_.beta1, count()); }

 private:
  double count() const { return static_cast<double>(steps_ + 1); }

  at::Tensor first_moment_, second_moment_;
};

class Adam : public MomentOptimiser {
 public:
  using MomentOptimiser::MomentOptimiser;

 protected:
  void move(double learning_rate) override {
    if (options_.kind == OptimiserKind::adamw) {
      shrink(learning_rate);
      track(gradients());
    } else {
      track(decayed_gradients());
    }
    descend(quotient(), learning_rate / first_bias());
  }
};

class Lamb : public MomentOptimiser {
 public:
  using MomentOptimiser::MomentOptimiser;

 protected:
  void move(double learning_rate) override {
    track(gradients());
    auto& update = quotient();
    update.div_(first_bias());
    add_decay(update);
    for (const auto& range : buffer_.ranges()) {
      auto step = update.narrow(0, range.begin, range.count);
      const double length = values().narrow(0, range.begin, range.count).norm(2).item<double>();
      const double step_length = step.norm(2).item<double>();
      // A tensor of zeros has no length to go by, and a step of zeros none to scale.
      if (length > 0 && step_length > 0) step.mul_(length / step_length);
    }
    descend(update, learning_rate);
  }
};

class RmsProp : public FlatOptimiser {
 public:
  RmsProp(const OptimiserOptions& options, ParameterBuffer& buffer)
      : FlatOptimiser(options, buffer), mean_square_(keep("mean_square")) {
    if (options.momentum > 0) velocity_ = keep("velocity");
  }

 protected:
  void move(double learning_rate) override {
    const auto gradient = decayed_gradients();
    mean_square_.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
    auto direction = mean_square_.sqrt().add_(options_.epsilon);
    at::div_out(direction, gradient, direction);
    if (velocity_.defined()) direction = velocity_.mul_(options_.momentum).add_(direction);
    descend(direction, learning_rate);
  }

 private:
  at::Tensor mean_square_, velocity_;
};

class Adagrad : public FlatOptimiser {
 public:
  Adagrad(const OptimiserOptions& options, ParameterBuffer& buffer)
      : FlatOptimiser(options, buffer), sum_of_squares_(keep("sum_of_squares")) {}

 protected:
  void move(double learning_rate) override {
    const auto gradient = decayed_gradients();
    sum_of_squares_.addcmul_(gradient, gradient);
    auto direction = sum_of_squares_.sqrt().add_(options_.epsilon);
    descend(at::div_out(direction, gradient, direction), learning_rate);
  }

 private:
  at::Tensor sum_of_squares_;
};
}  // namespace

std::unique_ptr<Optimiser> make_adam(const OptimiserOptions& options, ParameterBuffer& buffer) {
  return std::make_unique<Adam>(options, buffer);
}

std::unique_ptr<Optimiser> make_lamb(const OptimiserOptions& options, ParameterBuffer& buffer) {
  return std::make_unique<Lamb>(options, buffer);
}

std::unique_ptr<Optimiser> make_rmsprop(const OptimiserOptions& options, ParameterBuffer& buffer) {
  return std::make_unique<RmsProp>(options, buffer);
}

std::unique_ptr<Optimiser> make_adagrad(const OptimiserOptions& options, ParameterBuffer& buffer) {
  return std::make_unique<Adagrad>(options, buffer);
}

}  // namespace retort::train
