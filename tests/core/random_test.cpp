#include "core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/errors.h"

namespace retort {

// A change of these numbers changes every run: never update them without saying so in the release notes.
TEST(Random, FirstDrawsStayWhatTheyWere) {
  auto root = RandomTree(0).generator();
  EXPECT_EQ(root.bits(), 11091344671253066420u);
  EXPECT_EQ(root.bits(), 13793997310169335082u);
  auto named = RandomTree(7).child("augment").child(3).generator();
  EXPECT_EQ(named.bits(), 9220389916965726858u);
  EXPECT_EQ(named.integer(1000), 263);
  EXPECT_DOUBLE_EQ(named.uniform(), 0.34402322800457397);
  EXPECT_NEAR(named.normal(), 0.32861776474281579, 1e-12);
}

TEST(Random, ChildrenAreDistinctAndIndependentOfSiblings) {
  std::set<uint64_t> keys;
  const RandomTree root(42);
  for (uint64_t number = 0; number < 1000; ++number) keys.insert(root.child(number).key());
  for (const char* name : {"a", "b", "ab", "ba", "", "init", "augment"}) keys.insert(root.child(name).key());
  EXPECT_EQ(keys.size(), 1007u);
  EXPECT_NE(root.child("a").child("b").key(), root.child("b").child("a").key());
  EXPECT_NE(root.child("a").key(), RandomTree(43).child("a").key());

  const auto before = root.child("a").generator().bits();
  auto consumer = root.child("b").generator();
  for (int draw = 0; draw < 10; ++draw) consumer.bits();
  EXPECT_EQ(root.child("a").generator().bits(), before);
}

TEST(Random, NeighbouringStreamsAreUncorrelated) {
  const RandomTree root(1);
  constexpr int count = 4000;
  double sum = 0;
  for (uint64_t number = 0; number < count; ++number) {
    auto one = root.child(number).generator(), next = root.child(number + 1).generator();
    sum += (one.uniform() - 0.5) * (next.uniform() - 0.5) * 12;
  }
  EXPECT_LT(std::abs(sum / count), 4 / std::sqrt(static_cast<double>(count)));
}

TEST(Random, MomentsAndRanges) {
  auto generator = RandomTree(5).generator();
  constexpr int count = 20000;
  double uniform = 0, normal = 0, squared = 0;
  int counts[7] = {};
  for (int draw = 0; draw < count; ++draw) {
    const double value = generator.uniform();
    ASSERT_TRUE(value >= 0 && value < 1);
    uniform += value;
    const double gauss = generator.normal();
    normal += gauss;
    squared += gauss * gauss;
    ++counts[generator.integer(7)];
  }
  EXPECT_NEAR(uniform / count, 0.5, 0.01);
  EXPECT_NEAR(normal / count, 0, 0.03);
  EXPECT_NEAR(squared / count, 1, 0.05);
  for (const int seen : counts) EXPECT_NEAR(seen, count / 7.0, 250);
  EXPECT_EQ(generator.integer(1), 0);
  EXPECT_THROW(generator.integer(0), Fault);
}

TEST(Random, PermutationsHoldEveryIndexOnce) {
  auto generator = RandomTree(9).generator();
  auto order = generator.permutation(100);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int64_t index = 0; index < 100; ++index) EXPECT_EQ(order[index], index);
  EXPECT_TRUE(generator.permutation(0).empty());
  EXPECT_THROW(generator.permutation(-1), Fault);
}

}  // namespace retort
