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

TEST(BatchViews, MixedDistributionsStandBehindTheirPicture) {
  const auto pictures = at::sin(at::arange(6 * 3 * 4 * 4, at::kFloat)).view({6, 3, 4, 4});
  const auto seen = batch_views(pictures, "mixed_distributions", RandomTree(3));
  EXPECT_EQ(seen.views, 2);
  ASSERT_EQ(seen.image.size(0), 12);
  EXPECT_TRUE(at::equal(seen.image.slice(0, 0, 12, 2), pictures));
  const auto mixed = seen.image.slice(0, 1, 12, 2);
  EXPECT_FALSE(at::allclose(mixed, pictures));
  // Only mean and deviation of a channel change: the standardised picture stays.
  const auto standardised = [](const at::Tensor& x) {
    return (x - x.mean({2, 3}, true)) / x.flatten(2).std(2, true, true).unsqueeze(-1);
  };
  EXPECT_TRUE(at::allclose(standardised(mixed), standardised(pictures), 1e-3, 1e-3));
  EXPECT_TRUE(at::equal(batch_views(pictures, "mixed_distributions", RandomTree(3)).image, seen.image));
  EXPECT_FALSE(at::equal(batch_views(pictures, "mixed_distributions", RandomTree(4)).image, seen.image));
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
