// Learning-rate factors over a training, by epoch or by step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/options.h"

namespace retort::train {

enum class RateScheduleKind { constant, multi_step, cosine, polynomial, one_cycle };
inline std::vector<std::string> choices(RateScheduleKind) {
  return {"constant", "multi_step", "cosine", "polynomial", "one_cycle"};
}

struct RateScheduleOptions {
  RateScheduleKind kind = RateScheduleKind::multi_step;
  std::vector<int64_t> milestones = {150, 180, 210};  // epochs, counted from 0, in which the rate is first lower
  double gamma = 0.1;
  double power = 0.9;
  double final_factor = 0;
  double warm_up_epochs = 0;
  double peak_at = 0.3;

  void check(Problems& problems) const;
};
void fields(OptionVisitor& v, RateScheduleOptions& o);

/// Where a training stands: `epoch` whole epochs are done, and `step` of `steps_per_epoch` of the next.
struct TrainingPlace {
  int64_t epoch = 0, step = 0, steps_per_epoch = 1, epochs = 1;
  /// Epochs done, with their fraction.
  double progress() const { return double(epoch) + double(step) / double(steps_per_epoch); }
};

/// What the learning rate is multiplied by. constant: 1. multi_step: gamma for each milestone reached, by whole epochs.
/// cosine: from 1 to final_factor, by whole epochs (torch CosineAnnealingLR stepped once an epoch). polynomial:
/// (1 - progress / epochs)^power, by steps. one_cycle: linear up to 1 at peak_at of the training, then a cosine down to
/// final_factor, by steps. Warm-up: the factor grows linearly over its epochs, by steps, on top of the rest.
double rate_factor(const TrainingPlace& place, const RateScheduleOptions& options);

}  // namespace retort::train
