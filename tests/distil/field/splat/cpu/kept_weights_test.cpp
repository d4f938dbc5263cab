#include "distil/field/splat/cpu/kept_weights.h"

#include <gtest/gtest.h>

#include <vector>

namespace retort::splat::test {

namespace {

/// A table of `rows` rows, the last of them the background's, with one hit a row in every group.
struct FilledTable {
  std::vector<uint32_t> rows, hit_rows;
  std::vector<float> weights;
  WeightTable table = {};

  explicit FilledTable(int64_t count, float first) : rows(count), hit_rows(count), weights(16 * count) {
    for (int64_t i = 0; i < count; ++i) {
      rows[i] = static_cast<uint32_t>(100 + i);
      hit_rows[i] = static_cast<uint32_t>(i);
    }
    rows.back() = background_row;
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = first + static_cast<float>(i);
    table.rows = rows.data();
    table.row_count = count;
    for (int group = 0; group < group_count; ++group) {
      table.hit_rows[group] = hit_rows.data();
      table.hit_weights[group] = weights.data();
      table.hit_count[group] = count;
    }
  }
};

void expect_kept(const KeptWeights& kept, int64_t tile, const FilledTable& want) {
  WeightTable got = {};
  ASSERT_TRUE(kept.find(tile, true, got));
  ASSERT_EQ(got.row_count, want.table.row_count);
  for (int64_t row = 0; row < got.row_count; ++row) EXPECT_EQ(got.rows[row], want.rows[row]);
  for (int group = 0; group < group_count; ++group) {
    ASSERT_EQ(got.hit_count[group], want.table.hit_count[group]);
    for (int64_t hit = 0; hit < got.hit_count[group]; ++hit) EXPECT_EQ(got.hit_rows[group][hit], want.hit_rows[hit]);
    for (int64_t i = 0; i < 16 * got.hit_count[group]; ++i) EXPECT_EQ(got.hit_weights[group][i], want.weights[i]);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(got.hit_weights[group]) % 64, 0U);  // what aligned loads need
  }
}

// Tables larger than a chunk of memory beside small ones, from two workers.
TEST(KeptWeights, GiveBackWhatWasKept) {
  const std::vector<int64_t> sizes = {1, 7, 5000, 17, 3000, 2};
  std::vector<FilledTable> tables;
  for (size_t i = 0; i < sizes.size(); ++i) tables.emplace_back(sizes[i], static_cast<float>(1000 * i));
  KeptWeights kept;
  for (int view = 0; view < 2; ++view) {
    kept.begin(8, 2);
    for (size_t i = 0; i < tables.size(); ++i) {
      kept.keep(static_cast<int64_t>(i), static_cast<int>(i % 2), tables[i].table);
    }
    for (size_t i = 0; i < tables.size(); ++i) expect_kept(kept, static_cast<int64_t>(i), tables[i]);
  }
  WeightTable none = {};
  EXPECT_FALSE(kept.find(7, true, none));
  kept.clear();
  EXPECT_FALSE(kept.find(0, true, none));
}

TEST(KeptWeights, LeaveTheBackgroundOut) {
  const FilledTable filled(9, 0);
  KeptWeights kept;
  kept.begin(1, 1);
  kept.keep(0, 0, filled.table);
  WeightTable got = {};
  ASSERT_TRUE(kept.find(0, false, got));
  EXPECT_EQ(got.row_count, 8);
  for (const int64_t hits : got.hit_count) EXPECT_EQ(hits, 8);
}

TEST(KeptWeights, KeepNoMoreThanTheLimit) {
  const FilledTable filled(100, 0);  // 16 groups of 100 hits of 64 bytes: a little above 100 KB
  KeptWeights kept;
  kept.begin(3, 1, 250'000);
  for (int64_t tile = 0; tile < 3; ++tile) kept.keep(tile, 0, filled.table);
  expect_kept(kept, 0, filled);
  expect_kept(kept, 1, filled);
  WeightTable none = {};
  EXPECT_FALSE(kept.find(2, true, none));
}

}  // namespace

}  // namespace retort::splat::test
