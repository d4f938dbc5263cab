// Learning rates as functions of the step.
#pragma once

#include <cstdint>

namespace retort::train {

struct LogLinearSchedule {
  double initial = 0, final = 0;
  int64_t steps = 1'000'000;  ///< the rate stays at `final` afterwards
  int64_t delay_steps = 0;    ///< > 0: multiplied by a sine ramp from delay_multiplier to 1 over so many steps
  double delay_multiplier = 1;
};

/// Interpolates the logarithm of the rate. A negative step, or both rates 0, give 0. Source: Feature 3DGS,
/// utils/general_utils.py get_expon_lr_func.
double log_linear_rate(int64_t step, const LogLinearSchedule& schedule);

}  // namespace retort::train
