#include "distil/field/splat_files/palette.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

namespace retort::field {
namespace {

double squared_distance(const float* a, const float* b, int64_t width) {
  double sum = 0;
  for (int64_t axis = 0; axis < width; ++axis) sum += (double{a[axis]} - b[axis]) * (double{a[axis]} - b[axis]);
  return sum;
}

// Rows around some centres.
std::vector<float> clustered_rows(int64_t rows, int64_t width, int centres, float noise) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  std::vector<float> middles(static_cast<size_t>(centres * width)), values;
  for (auto& middle : middles) middle = normal(random);
  for (int64_t index = 0; index < rows * width; ++index) {
    values.push_back(middles[index / width % centres * width + index % width] + noise * normal(random));
  }
  return values;
}

double total_error(const Palette& palette, const std::vector<float>& rows) {
  double sum = 0;
  for (size_t row = 0; row < palette.labels.size(); ++row) {
    sum += squared_distance(&rows[row * palette.width], &palette.entries[palette.labels[row] * palette.width],
                            palette.width);
  }
  return sum;
}

TEST(Palette, few_distinct_rows_are_kept_exactly) {
  const auto rows = clustered_rows(500, 9, 40, 0);
  const auto palette = fit_palette(rows, 9, 40);
  EXPECT_EQ(palette.size(), 40);
  EXPECT_EQ(total_error(palette, rows), 0);
}

TEST(Palette, finds_clusters_that_are_there) {
  const auto rows = clustered_rows(4000, 24, 300, 0.01f);
  const auto palette = fit_palette(rows, 24, 600);
  EXPECT_LE(palette.size(), 600);
  EXPECT_LT(total_error(palette, rows), 4000 * 24 * 0.01 * 0.01);
}

TEST(Palette, more_entries_lose_less_and_all_are_named) {
  const auto rows = clustered_rows(3000, 9, 3000, 0.5f);
  double before = std::numeric_limits<double>::infinity();
  for (const int64_t most : {1, 10, 100, 1000}) {
    const auto palette = fit_palette(rows, 9, most);
    EXPECT_LE(palette.size(), most);
    EXPECT_EQ(std::set(palette.labels.begin(), palette.labels.end()).size(), size_t(palette.size()));
    const double error = total_error(palette, rows);
    EXPECT_LT(error, 0.8 * before) << most;
    before = error;
    EXPECT_EQ(fit_palette(rows, 9, most).labels, palette.labels);
  }
}

TEST(Palette, of_no_rows_is_empty) { EXPECT_EQ(fit_palette({}, 9, 10).size(), 0); }

}  // namespace
}  // namespace retort::field
