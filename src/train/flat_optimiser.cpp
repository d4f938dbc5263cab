#include "train/flat_optimiser.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "run/state.h"
#include "train/optimiser_parts.h"

namespace retort::train {

FlatOptimiser::FlatOptimiser(const OptimiserOptions& options, ParameterBuffer& buffer)
    : options_(options), buffer_(buffer) {
  spread_parts();
}

void FlatOptimiser::spread_parts() {
  const auto parts = parse_optimiser_parts(options_.parts);
  const auto part_of_range = match_optimiser_parts(parts, buffer_.ranges());
  const bool rates_differ = !parts.empty();
  const bool decays_differ =
      decays() && (!options_.decay_vectors ||
                   std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.decay_factor != 1; }));
  if (rates_differ) rate_factor_ = at::ones_like(values());
  if (decays_differ) decay_ = at::full_like(values(), options_.weight_decay);
  for (size_t i = 0; i < part_of_range.size(); ++i) {
    const auto& range = buffer_.ranges()[i];
    const auto* part = part_of_range[i];
    const auto within = [&](const at::Tensor& vector) { return vector.narrow(0, range.begin, range.count); };
    if (part != nullptr) within(rate_factor_).fill_(part->rate_factor);
    if (!decays_differ) continue;
    if (part != nullptr) within(decay_).mul_(part->decay_factor);
    if (!options_.decay_vectors && range.dimensions <= 1) within(decay_).zero_();
  }
  if (!decays()) return;
  if (rates_differ)
    shrinking_ = decays_differ ? decay_ * rate_factor_ : rate_factor_ * options_.weight_decay;
  else if (decays_differ)
    shrinking_ = decay_;
}

void FlatOptimiser::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  clip();
  move(learning_rate);
  ++steps_;
}

void FlatOptimiser::save(run::StateWriter& state) const {
  for (const auto& [name, vector] : kept_) state.tensor("optimiser." + name, vector);
  state.integer("optimiser.steps", steps_);
}

void FlatOptimiser::load(const run::StateReader& state) {
  for (auto& [name, vector] : kept_) {
    const auto saved = state.tensor("optimiser." + name);
    if (saved.sizes() != vector.sizes())
      user_error("{}: optimiser.{} has {} values, this job has {}", state.source(), name, saved.numel(),
                 vector.numel());
    vector.copy_(saved);
  }
  steps_ = state.integer("optimiser.steps");
}

at::Tensor FlatOptimiser::keep(const std::string& name) {
  kept_.emplace_back(name, at::zeros_like(values()));
  return kept_.back().second;
}

at::Tensor& FlatOptimiser::scratch() {
  if (!scratch_.defined()) scratch_ = at::empty_like(values());
  return scratch_;
}

at::Tensor FlatOptimiser::decayed_gradients() {
  if (!decays()) return gradients();
  auto& sum = scratch();
  if (decay_.defined())
    at::addcmul_out(sum, gradients(), decay_, values());
  else
    at::add_out(sum, gradients(), values(), options_.weight_decay);
  return sum;
}

void FlatOptimiser::add_decay(at::Tensor& target) const {
  if (!decays()) return;
  if (decay_.defined())
    target.addcmul_(decay_, values());
  else
    target.add_(values(), options_.weight_decay);
}

void FlatOptimiser::shrink(double learning_rate) const {
  if (!decays()) return;
  auto moved = values();
  if (shrinking_.defined())
    moved.addcmul_(moved, shrinking_, -learning_rate);
  else
    moved.mul_(1 - learning_rate * options_.weight_decay);
}

void FlatOptimiser::descend(const at::Tensor& direction, double learning_rate) const {
  auto moved = values();
  if (rate_factor_.defined())
    moved.addcmul_(direction, rate_factor_, -learning_rate);
  else
    moved.add_(direction, -learning_rate);
}

void FlatOptimiser::clip() const {
  if (options_.max_gradient_norm <= 0) return;
  const double norm = gradients().norm(2).item<double>();
  if (norm > options_.max_gradient_norm) gradients().mul_(options_.max_gradient_norm / (norm + 1e-6));
}

}  // namespace retort::train
