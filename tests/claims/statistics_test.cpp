#include "claims/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"

namespace retort::claims {
namespace {

// By hand: mean 5, squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, so sd = sqrt(32 / 7).
TEST(Statistics, MeanDeviationAndErrorOfAKnownSample) {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  const auto summary = summarise(values);
  EXPECT_EQ(summary.count, 8);
  EXPECT_NEAR(summary.mean, 5, 1e-12);
  EXPECT_NEAR(summary.deviation, 2.138089935299395, 1e-12);
  EXPECT_NEAR(summary.standard_error, 0.7559289460184544, 1e-12);
}

TEST(Statistics, EqualValuesHaveNoSpreadToTheBit) {
  const std::vector<double> values = {0.1, 0.1, 0.1};
  EXPECT_EQ(summarise(values).mean, 0.1);
  EXPECT_EQ(summarise(values).standard_error, 0);
}

TEST(Statistics, OneValueHasNoKnownSpreadAndNoneHasNoMean) {
  EXPECT_TRUE(std::isinf(summarise(std::vector<double>{3}).standard_error));
  EXPECT_EQ(summarise(std::vector<double>{3}).mean, 3);
  EXPECT_TRUE(std::isnan(summarise({}).mean));
}

TEST(Statistics, DifferencesArePairedAndScaled) {
  const std::vector<double> values = {1, 2, 3}, against = {2, 2, 2};
  EXPECT_EQ(paired_differences(values, against, 0.5), (std::vector<double>{0, 1, 2}));
  EXPECT_THROW(paired_differences(values, std::vector<double>{1}, 1), Fault);
}

// Pairing takes out what seeds share: the spread of the differences is that of the small part alone.
TEST(Statistics, PairingRemovesWhatSeedsShare) {
  const std::vector<double> values = {11, 21, 31}, against = {10, 20, 30};
  EXPECT_EQ(summarise(paired_differences(values, against, 1)).standard_error, 0);
  EXPECT_GT(summarise(values).standard_error, 5);
}

TEST(Statistics, StudentTIsThatOfTheTables) {
  EXPECT_NEAR(student_t_95(2), 4.303, 1e-3);
  EXPECT_NEAR(student_t_95(30), 2.042, 1e-3);
  EXPECT_NEAR(student_t_95(60), 2.000, 2e-3);
  EXPECT_NEAR(student_t_95(120), 1.980, 2e-3);
  EXPECT_THROW(student_t_95(0), Fault);
}

}  // namespace
}  // namespace retort::claims
