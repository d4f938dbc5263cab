// Several looks at a sample: drawn without replacement, only those that may be.
#include "data/crop_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace retort::data {
namespace {

const RandomTree crop_tree(3);

TEST(DrawnCrops, AreDistinctAndOtherInOtherEpochsAndSamples) {
  const CropDraw draw{.crops = 4, .augmentation_epochs = 20};
  const auto one = drawn_crops(draw, 0, 5, crop_tree);
  EXPECT_EQ(std::set<int64_t>(one.begin(), one.end()).size(), 4U);
  EXPECT_TRUE(std::all_of(one.begin(), one.end(), [](int64_t look) { return look >= 0 && look < 20; }));
  EXPECT_EQ(drawn_crops(draw, 0, 5, crop_tree), one);
  EXPECT_NE(drawn_crops(draw, 1, 5, crop_tree), one);
  EXPECT_NE(drawn_crops(draw, 0, 6, crop_tree), one);
}

TEST(DrawnCrops, AreEverNewWithoutAStore) {
  EXPECT_EQ(drawn_crops({.crops = 3}, 2, 7, crop_tree), (std::vector<int64_t>{6, 7, 8}));
}

TEST(DrawnCrops, ComeRoundWhereThereAreTooFew) {
  const auto looks = drawn_crops({.crops = 5, .augmentation_epochs = 2}, 0, 0, crop_tree);
  EXPECT_EQ(looks[2], looks[0]);
  EXPECT_EQ(looks[3], looks[1]);
  EXPECT_NE(looks[0], looks[1]);
}

TEST(DrawnCrops, AreThoseOfThePool) {
  CropPool pool{.epochs = 4, .may_be_drawn = {true, true, true, true, false, true, false, false}};
  const CropDraw draw{.crops = 3, .augmentation_epochs = 4, .pool = &pool};
  EXPECT_EQ(drawn_crops(draw, 0, 1, crop_tree), (std::vector<int64_t>{1, 1, 1}));
  const auto first = drawn_crops(draw, 0, 0, crop_tree);
  EXPECT_EQ(std::set<int64_t>(first.begin(), first.end()).size(), 3U);
  std::fill(pool.may_be_drawn.begin(), pool.may_be_drawn.end(), false);
  EXPECT_EQ(drawn_crops(draw, 0, 0, crop_tree), first) << "a sample without any keeps all";
}

}  // namespace
}  // namespace retort::data
