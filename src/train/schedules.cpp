#include "train/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/errors.h"
#include "core/registries.h"
#include "run/parity.h"

namespace retort::train {

double log_linear_rate(int64_t step, const LogLinearSchedule& schedule) {
  if (step < 0 || (schedule.initial == 0 && schedule.final == 0)) return 0;
  double delay = 1;
  if (schedule.delay_steps > 0) {
    const double progress = std::clamp(static_cast<double>(step) / static_cast<double>(schedule.delay_steps), 0.0, 1.0);
    delay = schedule.delay_multiplier + (1 - schedule.delay_multiplier) * std::sin(progress * std::numbers::pi / 2);
  }
  const double progress = std::clamp(static_cast<double>(step) / static_cast<double>(schedule.steps), 0.0, 1.0);
  return delay * std::exp(std::log(schedule.initial) * (1 - progress) + std::log(schedule.final) * progress);
}

}  // namespace retort::train

namespace retort {

void register_schedules(Registries& registries) {
  registries.parity.add("field.splat.position_lr_schedule",
                        {.summary = "log-linear learning rate of the positions",
                         .source = "ShijieZhou-UCLA/feature-3dgs @6c570d6, utils/general_utils.py get_expon_lr_func",
                         .inputs = {{"step", "[N]", "i64"}},
                         .options = {"lr_init", "lr_final", "lr_delay_steps", "lr_delay_mult", "max_steps"},
                         .outputs = {{"value", "[N]"}},
                         .run = [](run::ParityCall& call) {
                           const train::LogLinearSchedule schedule{.initial = call.number("lr_init"),
                                                                   .final = call.number("lr_final"),
                                                                   .steps = call.integer("max_steps", 1'000'000),
                                                                   .delay_steps = call.integer("lr_delay_steps", 0),
                                                                   .delay_multiplier = call.number("lr_delay_mult", 1)};
                           const at::Tensor steps = call.input("step").contiguous();
                           at::Tensor rates = at::empty(steps.sizes(), at::kDouble);
                           for (int64_t index = 0; index < steps.numel(); ++index) {
                             rates.data_ptr<double>()[index] =
                                 train::log_linear_rate(steps.data_ptr<int64_t>()[index], schedule);
                           }
                           call.output("value", rates);
                         }});
}

}  // namespace retort
