#include "distil/model/methods/training_settings.h"

#include <utility>

namespace retort::model {

train::OptimiserOptions sgd(double learning_rate, double weight_decay) {
  return {.learning_rate = learning_rate, .weight_decay = weight_decay};
}

train::OptimiserOptions adamw(double learning_rate, double weight_decay) {
  return {.kind = train::OptimiserKind::adamw, .learning_rate = learning_rate, .weight_decay = weight_decay};
}

train::RateScheduleOptions constant_rate() { return {.kind = train::RateScheduleKind::constant}; }

train::RateScheduleOptions falling_at(std::vector<int64_t> milestones) { return {.milestones = std::move(milestones)}; }

train::RateScheduleOptions cosine(double warm_up_epochs, double final_factor) {
  return {.kind = train::RateScheduleKind::cosine, .final_factor = final_factor, .warm_up_epochs = warm_up_epochs};
}

train::RateScheduleOptions polynomial(double power, double warm_up_epochs) {
  return {.kind = train::RateScheduleKind::polynomial, .power = power, .warm_up_epochs = warm_up_epochs};
}

}  // namespace retort::model
