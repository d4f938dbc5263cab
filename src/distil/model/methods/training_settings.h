// Optimisers and rates as papers name them; what they leave unsaid is as in the engine's defaults.
#pragma once

#include <cstdint>
#include <vector>

#include "train/optimiser.h"
#include "train/rate_schedule.h"

namespace retort::model {

/// With momentum 0.9.
train::OptimiserOptions sgd(double learning_rate, double weight_decay = 5e-4);
train::OptimiserOptions adamw(double learning_rate, double weight_decay);

train::RateScheduleOptions constant_rate();
/// Falls to a tenth at each of these epochs.
train::RateScheduleOptions falling_at(std::vector<int64_t> milestones);
/// Falls to `final_factor` of the rate.
train::RateScheduleOptions cosine(double warm_up_epochs = 0, double final_factor = 0);
train::RateScheduleOptions polynomial(double power, double warm_up_epochs = 0);

}  // namespace retort::model
