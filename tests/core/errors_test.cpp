#include "core/errors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/registry.h"

namespace retort {

TEST(Errors, ProblemsAreReportedTogether) {
  Problems inner;
  inner.require_in(NAN, 0, 1, "alpha");
  Problems problems;
  problems.require(true, "fine", "never shown");
  problems.require_in(3, 0, 1, "beta");
  problems.add(inner, "loss");
  ASSERT_EQ(problems.entries().size(), 2u);
  try {
    problems.raise("a.yaml");
    FAIL() << "nothing was thrown";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "a.yaml: beta: 3 is outside [0, 1]\na.yaml: loss.alpha: nan is outside [0, 1]");
  }
  EXPECT_NO_THROW(Problems().raise("a.yaml"));
}

TEST(Errors, ChecksNameTheirPlace) {
  try {
    RT_CHECK(1 + 1 == 3, "sum of {} and {}", 1, 1);
    FAIL() << "nothing was thrown";
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find("errors_test.cpp:"), std::string::npos);
    EXPECT_NE(std::string(fault.what()).find("sum of 1 and 1"), std::string::npos);
  }
}

TEST(Registry, FindsSuggestsAndRefusesTwins) {
  Registry<int> registry("loss");
  registry.add("dkd", 1);
  registry.add("pld", 2);
  EXPECT_EQ(registry.get("pld"), 2);
  EXPECT_EQ(registry.find("kd"), nullptr);
  EXPECT_EQ(registry.names(), (std::vector<std::string>{"dkd", "pld"}));
  EXPECT_THROW(registry.add("dkd", 3), Fault);
  try {
    registry.get("dkdd");
    FAIL() << "nothing was thrown";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "unknown loss 'dkdd'; did you mean 'dkd'?");
  }
}

}  // namespace retort
