#include "train/exponential_average.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "run/state.h"

namespace retort::train {

void fields(OptionVisitor& v, ExponentialAverageOptions& o) {
  v("decay", o.decay, "share of the average that is kept in each step, as 0.999; 0: no average", {.min = 0, .max = 1});
  v("warm_up", o.warm_up, "keep no more than (1 + n) / (10 + n) in the n-th step");
}

ExponentialAverage::ExponentialAverage(const ExponentialAverageOptions& options, const ParameterBuffer& buffer,
                                       const std::string& set, const nn::Weights& weights)
    : options_(options), live_buffers_(weights.buffers), averaged_(nn::copy_of(weights)) {
  const auto prefix = set + ".";
  const auto& ranges = buffer.ranges();
  const auto is_of_set = [&](const ParameterBuffer::Range& range) { return range.name.starts_with(prefix); };
  // A set is taken whole, hence lies in one piece.
  const auto first = std::find_if(ranges.begin(), ranges.end(), is_of_set);
  const auto last = std::find_if_not(first, ranges.end(), is_of_set);
  RT_CHECK(first != last && static_cast<size_t>(last - first) == weights.parameters.size(),
           "the average of '{}' is wanted, of whose {} parameters the buffer holds {}", set, weights.parameters.size(),
           last - first);
  const int64_t begin = first->begin, count = (last - 1)->begin + (last - 1)->count - begin;
  live_values_ = buffer.values().narrow(0, begin, count);
  averaged_values_ = live_values_.clone();
  for (auto range = first; range != last; ++range) {
    auto& parameter = averaged_.parameters.at(range->name.substr(prefix.size()));
    parameter = averaged_values_.narrow(0, range->begin - begin, range->count).view(parameter.sizes());
  }
}

void ExponentialAverage::update() {
  const at::NoGradGuard no_grad;
  ++updates_;
  const auto n = static_cast<double>(updates_);
  const double decay = options_.warm_up ? std::min(options_.decay, (1 + n) / (10 + n)) : options_.decay;
  averaged_values_.lerp_(live_values_, 1 - decay);
  for (auto& [name, average] : averaged_.buffers) {
    const auto& live = live_buffers_.at(name);
    if (average.is_floating_point())
      average.lerp_(live, 1 - decay);
    else
      average.copy_(live);
  }
}

void ExponentialAverage::save(run::StateWriter& state) const {
  state.integer("average.updates", updates_);
  state.tensor("average.values", averaged_values_);
  for (const auto& [name, average] : averaged_.buffers) state.tensor("average.buffer." + name, average);
}

void ExponentialAverage::load(const run::StateReader& state) {
  const at::NoGradGuard no_grad;
  const auto restore = [&](const std::string& name, at::Tensor& tensor) {
    const auto saved = state.tensor(name);
    if (saved.sizes() != tensor.sizes())
      user_error("{}: {} has {} values, this job has {}", state.source(), name, saved.numel(), tensor.numel());
    tensor.copy_(saved);
  };
  updates_ = state.integer("average.updates");
  restore("average.values", averaged_values_);
  for (auto& [name, average] : averaged_.buffers) restore("average.buffer." + name, average);
}

}  // namespace retort::train
