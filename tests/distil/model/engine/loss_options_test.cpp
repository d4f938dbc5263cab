#include "distil/model/engine/loss_options.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace retort::model {
namespace {

TEST(LossOptions, WeightsAreThoseOfAllTerms) {
  LossOptions options;
  options.sskd.weight = 2;
  const auto weights = options.weights();
  EXPECT_EQ(weights.front(), (std::pair<std::string, double>("ce", 1)));
  EXPECT_EQ(std::count(weights.begin(), weights.end(), std::pair<std::string, double>("sskd", 2)), 1);
  for (const auto& [term, weight] : weights) {
    EXPECT_EQ(weight > 0, term == "ce" || term == "sskd") << term;
  }
}

TEST(LossOptions, OnlyLabelsNeedNoTeacher) {
  LossOptions options;
  EXPECT_TRUE(options.any());
  EXPECT_FALSE(options.needs_teacher());
  options.ce.weight = 0;
  EXPECT_FALSE(options.any());
  options.aspects.weight = 1;
  EXPECT_TRUE(options.any());
  EXPECT_FALSE(options.needs_teacher());
  options.affinity.weight = 0.1;
  EXPECT_TRUE(options.any());
  EXPECT_TRUE(options.needs_teacher());
}

TEST(LossOptions, TapsComeInPairs) {
  Problems problems;
  TapOptions{.student = {"a", "b"}, .teacher = {"c"}}.check(problems);
  EXPECT_FALSE(problems.empty());
  Problems none;
  TapOptions{.student = {"a", "b"}, .teacher = {}}.check(none);  // the teacher's own
  TapOptions{.student = {"a"}, .teacher = {"c"}}.check(none);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace retort::model
