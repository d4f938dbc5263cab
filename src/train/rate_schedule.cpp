#include "train/rate_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace retort::train {

namespace {
double cosine_between(double from, double to, double share) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

double scheduled(const TrainingPlace& place, const RateScheduleOptions& options) {
  const double share = place.progress() / double(place.epochs);
  switch (options.kind) {
    case RateScheduleKind::constant:
      return 1;
    case RateScheduleKind::multi_step: {
      const auto reached = std::count_if(options.milestones.begin(), options.milestones.end(),
                                         [&](int64_t milestone) { return milestone <= place.epoch; });
      return std::pow(options.gamma, double(reached));
    }
    case RateScheduleKind::cosine:
      return cosine_between(1, options.final_factor, double(place.epoch) / double(place.epochs));
    case RateScheduleKind::polynomial:
      return std::pow(std::max(1 - share, 0.0), options.power);
    case RateScheduleKind::one_cycle:
      break;
  }
  if (share < options.peak_at) return share / options.peak_at;
  return cosine_between(1, options.final_factor, (share - options.peak_at) / (1 - options.peak_at));
}
}  // namespace

void RateScheduleOptions::check(Problems& problems) const {
  problems.require(std::is_sorted(milestones.begin(), milestones.end()), "milestones", "must rise");
}

void fields(OptionVisitor& v, RateScheduleOptions& o) {
  v("kind", o.kind, "how the learning rate changes");
  v("milestones", o.milestones, "multi_step: epochs, counted from 0, from which the rate is lower");
  v("gamma", o.gamma, "multi_step: factor at each milestone", {.min = 0, .max = 1});
  v("power", o.power, "polynomial: exponent", {.min = 0});
  v("final_factor", o.final_factor, "cosine, one_cycle: the factor at the end", {.min = 0, .max = 1});
  v("warm_up_epochs", o.warm_up_epochs, "epochs over which the rate grows from 0; 0: none", {.min = 0});
  v("peak_at", o.peak_at, "one_cycle: share of the training at which the rate is highest",
    {.min = 0.001, .max = 0.999});
}

double rate_factor(const TrainingPlace& place, const RateScheduleOptions& options) {
  const double factor = scheduled(place, options);
  if (place.progress() >= options.warm_up_epochs) return factor;
  // The step to come is counted, so that the first is not for nothing.
  return factor * (place.progress() + 1 / double(place.steps_per_epoch)) / options.warm_up_epochs;
}

}  // namespace retort::train
