#include "train/rate_schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace retort::train {
namespace {

double factor_at(int64_t epoch, int64_t step, const RateScheduleOptions& options) {
  return rate_factor({.epoch = epoch, .step = step, .steps_per_epoch = 10, .epochs = 20}, options);
}

TEST(RateSchedule, MultiStepFallsInTheMilestonesEpoch) {
  const RateScheduleOptions options{.milestones = {5, 8}, .gamma = 0.1};
  EXPECT_EQ(factor_at(4, 9, options), 1);
  EXPECT_DOUBLE_EQ(factor_at(5, 0, options), 0.1);
  EXPECT_DOUBLE_EQ(factor_at(7, 9, options), 0.1);
  EXPECT_DOUBLE_EQ(factor_at(19, 0, options), 0.01);
}

TEST(RateSchedule, CosineGoesByWholeEpochsAndEndsAtItsFactor) {
  const RateScheduleOptions options{.kind = RateScheduleKind::cosine, .final_factor = 0.2};
  EXPECT_EQ(factor_at(0, 9, options), 1);
  EXPECT_NEAR(factor_at(10, 3, options), 0.6, 1e-12);
  EXPECT_NEAR(rate_factor({.epoch = 20, .step = 0, .steps_per_epoch = 10, .epochs = 20}, options), 0.2, 1e-12);
}

TEST(RateSchedule, PolynomialAndOneCycleGoByStep) {
  EXPECT_NEAR(factor_at(10, 5, {.kind = RateScheduleKind::polynomial, .power = 0.9}), std::pow(1 - 10.5 / 20, 0.9),
              1e-12);
  const RateScheduleOptions cycle{.kind = RateScheduleKind::one_cycle, .peak_at = 0.25};
  EXPECT_NEAR(factor_at(2, 5, cycle), 0.5, 1e-12);
  EXPECT_NEAR(factor_at(5, 0, cycle), 1, 1e-12);
  EXPECT_NEAR(factor_at(12, 5, cycle), 0.5, 1e-12);
}

TEST(RateSchedule, WarmUpRisesLinearlyFromTheFirstStep) {
  const RateScheduleOptions options{.kind = RateScheduleKind::constant, .warm_up_epochs = 2};
  EXPECT_NEAR(factor_at(0, 0, options), 0.05, 1e-12);
  EXPECT_NEAR(factor_at(1, 0, options), 0.55, 1e-12);
  EXPECT_EQ(factor_at(2, 0, options), 1);
}

}  // namespace
}  // namespace retort::train
