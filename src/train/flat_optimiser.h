// What optimisers over a flat buffer share: clipping, weight decay, rates by part, state.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "train/optimiser.h"

namespace retort::train {

class FlatOptimiser : public Optimiser {
 public:
  /// UserError where options.parts name what is not in the buffer, which must outlive this.
  FlatOptimiser(const OptimiserOptions& options, ParameterBuffer& buffer);

  void step(double learning_rate) final;
  /// Under "optimiser.": the vectors of keep() and the number of steps.
  void save(run::StateWriter& state) const final;
  void load(const run::StateReader& state) final;

 protected:
  /// One step, with gradients that are clipped. Nothing is recorded for autograd.
  virtual void move(double learning_rate) = 0;

  /// A vector of zeros [P] that belongs to the state under this name. For constructors.
  at::Tensor keep(const std::string& name);

  at::Tensor values() const { return buffer_.values(); }
  at::Tensor gradients() const { return buffer_.gradients(); }
  /// Memory [P] without content, for what a step needs between its sweeps.
  at::Tensor& scratch();
  /// The gradients plus decay times the values; may lie in scratch().
  at::Tensor decayed_gradients();
  /// target += decay * values.
  void add_decay(at::Tensor& target) const;
  /// values -= learning_rate * decay * values.
  void shrink(double learning_rate) const;
  /// values -= learning_rate * direction.
  void descend(const at::Tensor& direction, double learning_rate) const;

  const OptimiserOptions options_;
  ParameterBuffer& buffer_;
  int64_t steps_ = 0;  ///< done

 private:
  void spread_parts();
  void clip() const;
  bool decays() const { return options_.weight_decay > 0; }

  /// One value an element [P], undefined where one number does for all.
  at::Tensor decay_, rate_factor_;
  at::Tensor shrinking_;  ///< decay_ * rate_factor_ where either is defined
  at::Tensor scratch_;
  std::vector<std::pair<std::string, at::Tensor>> kept_;
};

// What they do stands at make_optimiser().
std::unique_ptr<Optimiser> make_sgd(const OptimiserOptions& options, ParameterBuffer& buffer);
std::unique_ptr<Optimiser> make_adam(const OptimiserOptions& options, ParameterBuffer& buffer);  ///< adamw as well
std::unique_ptr<Optimiser> make_lamb(const OptimiserOptions& options, ParameterBuffer& buffer);
std::unique_ptr<Optimiser> make_rmsprop(const OptimiserOptions& options, ParameterBuffer& buffer);
std::unique_ptr<Optimiser> make_adagrad(const OptimiserOptions& options, ParameterBuffer& buffer);

}  // namespace retort::train
