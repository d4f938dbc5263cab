#include "core/env.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "core/errors.h"

namespace retort {

TEST(Env, ReadsOnlyListedVariables) {
  setenv("RETORT_ISA", "scalar", 1);
  EXPECT_EQ(env::get("ISA"), "scalar");
  const auto lines = env::set();
  EXPECT_NE(std::find(lines.begin(), lines.end(), "RETORT_ISA=scalar"), lines.end());
  unsetenv("RETORT_ISA");
  EXPECT_EQ(env::get("ISA"), "");
  EXPECT_THROW(env::get("NOT_LISTED"), Fault);
}

}  // namespace retort
