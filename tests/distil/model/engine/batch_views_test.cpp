#include "distil/model/engine/batch_views.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(BatchViews, RotationsStandBehindTheirPicture) {
  const auto pictures = at::arange(2 * 1 * 2 * 2, at::kFloat).view({2, 1, 2, 2});  // 0 1 / 2 3 and 4 5 / 6 7
  const auto seen = batch_views(pictures, "rotations4");
  EXPECT_EQ(seen.views, 4);
  ASSERT_EQ(seen.image.sizes(), (std::vector<int64_t>{8, 1, 2, 2}));
  const auto expect = [&](int64_t row, std::vector<float> values) {
    EXPECT_TRUE(at::equal(seen.image[row].flatten(), at::tensor(values))) << row << seen.image[row];
  };
  expect(0, {0, 1, 2, 3});
  expect(1, {1, 3, 0, 2});
  expect(2, {3, 2, 1, 0});
  expect(3, {2, 0, 3, 1});
  expect(4, {4, 5, 6, 7});
}

TEST(BatchViews, WithoutATransformTheBatchStaysWhatItIs) {
  const auto pictures = at::ones({2, 3, 4, 5});
  const auto seen = batch_views(pictures, "");
  EXPECT_EQ(seen.views, 1);
  EXPECT_TRUE(seen.image.is_same(pictures));
}

TEST(BatchViews, KeepTheMemoryFormat) {
  const auto pictures = at::ones({2, 3, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(batch_views(pictures, "rotations4").image.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(BatchViews, OnlySquaresAreTurned) {
  EXPECT_EQ(tests::user_error_of([] {
              batch_views(at::ones({2, 3, 4, 5}), "rotations4");
            }),
            "rotations of a picture (loss.sskd) need squares; these are 4x5: crop or resize them in data.transforms");
}

}  // namespace
}  // namespace retort::model
