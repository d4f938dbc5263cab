#include "claims/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace retort::claims {
namespace {

Summary difference_of(double mean, double standard_error) {
  return {.count = 3, .mean = mean, .deviation = standard_error * std::sqrt(3.0), .standard_error = standard_error};
}

Verdict verdict_of(Rule rule, double mean, double standard_error, double margin = 0,
                   Direction better = Direction::higher) {
  Measurement measurement;
  measurement.rule = rule;
  measurement.margin = margin;
  measurement.better = better;
  return judge(difference_of(mean, standard_error), measurement);
}

TEST(Verdict, ADifferenceMustExceedTwoStandardErrors) {
  EXPECT_EQ(verdict_of(Rule::difference, 2.1, 1), Verdict::shown);
  EXPECT_EQ(verdict_of(Rule::difference, 2.0, 1), Verdict::not_shown);
  EXPECT_EQ(verdict_of(Rule::difference, -2.0, 1), Verdict::not_shown);
  EXPECT_EQ(verdict_of(Rule::difference, -2.1, 1), Verdict::opposite);
  EXPECT_EQ(verdict_of(Rule::difference, 0, 0), Verdict::not_shown);
  EXPECT_EQ(verdict_of(Rule::difference, 1e-9, 0), Verdict::shown);
}

TEST(Verdict, LowerIsBetterTurnsItRound) {
  EXPECT_EQ(verdict_of(Rule::difference, -2.1, 1, 0, Direction::lower), Verdict::shown);
  EXPECT_EQ(verdict_of(Rule::difference, 2.1, 1, 0, Direction::lower), Verdict::opposite);
}

TEST(Verdict, NotWorseAllowsAMargin) {
  EXPECT_EQ(verdict_of(Rule::not_worse, 0, 0), Verdict::shown);
  EXPECT_EQ(verdict_of(Rule::not_worse, -0.5, 0.2, 1), Verdict::shown);
  EXPECT_EQ(verdict_of(Rule::not_worse, -0.5, 0.3, 1), Verdict::not_shown);
  EXPECT_EQ(verdict_of(Rule::not_worse, -2, 0.3, 1), Verdict::opposite);
  EXPECT_EQ(verdict_of(Rule::not_worse, 0.5, 0.2, 1, Direction::lower), Verdict::shown);
  EXPECT_EQ(verdict_of(Rule::not_worse, 2, 0.3, 1, Direction::lower), Verdict::opposite);
}

TEST(Verdict, AnEquivalenceNeedsTheWholeIntervalInside) {
  EXPECT_EQ(verdict_of(Rule::equivalence, 0, 0, 0.1), Verdict::shown);
  EXPECT_EQ(verdict_of(Rule::equivalence, 0.05, 0.02, 0.1), Verdict::shown);
  EXPECT_EQ(verdict_of(Rule::equivalence, 0.05, 0.03, 0.1), Verdict::not_shown);
  EXPECT_EQ(verdict_of(Rule::equivalence, 0, 0.06, 0.1), Verdict::not_shown);
  EXPECT_EQ(verdict_of(Rule::equivalence, 0.3, 0.05, 0.1), Verdict::opposite);
  EXPECT_EQ(verdict_of(Rule::equivalence, -0.3, 0.05, 0.1), Verdict::opposite);
}

TEST(Verdict, OneSeedShowsNothing) {
  auto lone = difference_of(5, std::numeric_limits<double>::infinity());
  lone.count = 1;
  EXPECT_EQ(judge(lone, Measurement{}), Verdict::not_shown);
  EXPECT_EQ(judge(Summary{}, Measurement{}), Verdict::not_measured);
}

}  // namespace
}  // namespace retort::claims
