#include "distil/field/splat_files/byte_codebook.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace retort::field {
namespace {

std::vector<float> normal_numbers(size_t count) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (auto& number : numbers) number = normal(random);
  return numbers;
}

double mean_square_error(const ByteCodebook& codebook, const std::vector<float>& numbers) {
  double sum = 0;
  for (const float number : numbers) sum += std::pow(codebook.values[codebook.nearest(number)] - double{number}, 2);
  return sum / static_cast<double>(numbers.size());
}

TEST(ByteCodebook, few_distinct_numbers_are_kept_exactly) {
  std::vector<float> numbers;
  for (int index = 0; index < 1000; ++index) numbers.push_back(0.1f * static_cast<float>(index % 256) - 7);
  const auto codebook = fit_byte_codebook(numbers);
  for (const float number : numbers) ASSERT_EQ(codebook.values[codebook.nearest(number)], number);
  EXPECT_EQ(fit_byte_codebook({2, 2, 2}).nearest(2), 0);
}

// No codebook of 256 values does better on a normal distribution than pi sqrt(3) / 2 / 256^2 (Panter and Dite).
TEST(ByteCodebook, is_close_to_the_best_there_is) {
  const auto numbers = normal_numbers(100000);
  const double best = M_PI * std::sqrt(3.0) / 2 / (256.0 * 256.0);
  EXPECT_LT(mean_square_error(fit_byte_codebook(numbers), numbers), 1.1 * best);
}

TEST(ByteCodebook, values_rise_and_each_number_has_the_nearest) {
  const auto numbers = normal_numbers(3000);
  const auto codebook = fit_byte_codebook(numbers);
  EXPECT_TRUE(std::is_sorted(codebook.values.begin(), codebook.values.end()));
  for (const float number : numbers) {
    const float given = std::abs(codebook.values[codebook.nearest(number)] - number);
    for (const float value : codebook.values) ASSERT_LE(given, std::abs(value - number));
  }
}

TEST(ByteCodebook, what_it_stands_for_makes_it_again) {
  auto numbers = normal_numbers(5000);
  numbers.push_back(1000);  // far from all others: nearly all first values lie where no number is
  const auto codebook = fit_byte_codebook(numbers);
  for (auto& number : numbers) number = codebook.values[codebook.nearest(number)];
  EXPECT_EQ(fit_byte_codebook(numbers).values, codebook.values);
}

TEST(ByteCodebook, numbers_that_are_none_do_no_harm) {
  const float infinity = std::numeric_limits<float>::infinity();
  const auto codebook = fit_byte_codebook({1, 2, std::nanf(""), infinity, -infinity});
  EXPECT_EQ(codebook.values[codebook.nearest(infinity)], 2);
  EXPECT_EQ(codebook.values[codebook.nearest(-infinity)], 1);
  EXPECT_EQ(codebook.values[codebook.nearest(std::nanf(""))], 1);
  EXPECT_EQ(fit_byte_codebook({infinity}).values, ByteCodebook{}.values);
}

}  // namespace
}  // namespace retort::field
