#include "train/schedules.h"

#include <gtest/gtest.h>

namespace retort::train {
namespace {

TEST(LogLinearRate, known_values) {
  // Feature 3DGS sheet: 1.6e-4 to 1.6e-6 over 30,000 steps.
  const LogLinearSchedule schedule{.initial = 1.6e-4, .final = 1.6e-6, .steps = 30000};
  EXPECT_NEAR(log_linear_rate(0, schedule), 1.6e-4, 1e-12);
  EXPECT_NEAR(log_linear_rate(1000, schedule), 1.37231344e-4, 1e-12);
  EXPECT_NEAR(log_linear_rate(7000, schedule), 5.46327820e-5, 1e-12);
  EXPECT_NEAR(log_linear_rate(15000, schedule), 1.6e-5, 1e-13);
  EXPECT_NEAR(log_linear_rate(30000, schedule), 1.6e-6, 1e-14);
  EXPECT_NEAR(log_linear_rate(90000, schedule), 1.6e-6, 1e-14);
}

TEST(LogLinearRate, switched_off_and_delayed) {
  EXPECT_EQ(log_linear_rate(-1, {.initial = 1, .final = 1}), 0);
  EXPECT_EQ(log_linear_rate(5, {}), 0);
  const LogLinearSchedule delayed{.initial = 1, .final = 1, .steps = 10, .delay_steps = 4, .delay_multiplier = 0.1};
  EXPECT_NEAR(log_linear_rate(0, delayed), 0.1, 1e-12);
  EXPECT_NEAR(log_linear_rate(4, delayed), 1, 1e-12);
}

}  // namespace
}  // namespace retort::train
