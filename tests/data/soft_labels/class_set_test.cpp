#include "data/soft_labels/class_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/errors.h"
#include "core/random.h"
#include "io/bytes.h"

namespace retort::data {
namespace {

std::vector<int32_t> drawn_classes(int64_t classes, int64_t count, uint64_t seed) {
  const auto order = RandomGenerator(seed).permutation(classes);
  std::vector<int32_t> chosen(order.begin(), order.begin() + count);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

TEST(ClassSet, ComesBackAsItWasInTheBytesPromised) {
  for (const auto& [classes, count] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {2, 1}, {10, 9}, {10, 10}, {100, 1}, {1000, 128}, {1000, 999}, {21841, 128}, {65537, 3}}) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const auto wanted = drawn_classes(classes, count, seed);
      std::string bytes = "before";
      append_class_set(wanted, classes, bytes);
      ASSERT_EQ(bytes.size(), 6 + class_set_bytes(classes, count));
      std::vector<int32_t> got(wanted.size());
      ASSERT_TRUE(read_class_set(io::as_bytes(bytes).subspan(6), classes, got)) << classes << " " << count;
      ASSERT_EQ(got, wanted) << classes << " " << count;
    }
  }
}

TEST(ClassSet, HoldsTheFirstAndTheLastClasses) {
  for (const auto& wanted : {std::vector<int32_t>{0, 1, 2}, {997, 998, 999}, {0, 500, 999}}) {
    std::string bytes;
    append_class_set(wanted, 1000, bytes);
    std::vector<int32_t> got(3);
    ASSERT_TRUE(read_class_set(io::as_bytes(bytes), 1000, got));
    EXPECT_EQ(got, wanted);
  }
}

TEST(ClassSet, TakesFewBytes) {
  EXPECT_EQ(class_set_bytes(1000, 128), 80U);
  EXPECT_EQ(class_set_bytes(21841, 128), 150U);
  EXPECT_EQ(class_set_bytes(10, 10), 0U);
}

TEST(ClassSet, RefusesBytesThatAreNone) {
  const auto wanted = drawn_classes(50, 7, 1);
  std::string whole;
  append_class_set(wanted, 50, whole);
  std::vector<int32_t> got(7);
  int refused = 0;
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = char(damaged[bit / 8] ^ (1 << (bit % 8)));
    if (!read_class_set(io::as_bytes(damaged), 50, got)) {
      ++refused;
      continue;
    }
    EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
    EXPECT_GE(got.front(), 0);
    EXPECT_LT(got.back(), 50);
    EXPECT_EQ(std::adjacent_find(got.begin(), got.end()), got.end());
  }
  EXPECT_GT(refused, 0);
  EXPECT_FALSE(read_class_set(io::as_bytes(std::string(whole.size(), '\0')), 50, got));
  EXPECT_FALSE(read_class_set(io::as_bytes(std::string(whole.size(), '\xff')), 50, got));
}

TEST(ClassSet, IsWrittenOfRisingClassesOnly) {
  std::string bytes;
  EXPECT_THROW(append_class_set(std::vector<int32_t>{3, 3}, 10, bytes), Fault);
  EXPECT_THROW(append_class_set(std::vector<int32_t>{3, 10}, 10, bytes), Fault);
}

}  // namespace
}  // namespace retort::data
