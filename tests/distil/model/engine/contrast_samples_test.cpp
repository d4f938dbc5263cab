#include "distil/model/engine/contrast_samples.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/user_error.h"

namespace retort::model {
namespace {

TEST(ContrastSamples, AreOfOtherClassesAndEquallyLikely) {
  const std::vector<int64_t> labels = {2, 0, 2, 1, 0, 2, 1, 4};  // no sample is of class 3
  const ContrastSamples set(labels);
  constexpr int64_t draws = 60000;
  const auto indices = set.draw(at::tensor({2, 7}, at::kLong), draws, RandomTree(5));
  ASSERT_EQ(indices.sizes(), (std::vector<int64_t>{2, 1 + draws}));
  EXPECT_EQ(indices[0][0].item<int64_t>(), 2);
  EXPECT_EQ(indices[1][0].item<int64_t>(), 7);
  for (int64_t b = 0; b < 2; ++b) {
    const auto counts = indices[b].slice(0, 1).bincount({}, 8);
    const int64_t own = labels[static_cast<size_t>(indices[b][0].item<int64_t>())];
    const auto others = std::count_if(labels.begin(), labels.end(), [&](int64_t label) { return label != own; });
    const double expected = double(draws) / double(others);
    for (int64_t sample = 0; sample < 8; ++sample) {
      const auto count = counts[sample].item<double>();
      if (labels[static_cast<size_t>(sample)] == own)
        EXPECT_EQ(count, 0) << sample;
      else
        EXPECT_NEAR(count, expected, 0.05 * expected) << sample;
    }
  }
}

TEST(ContrastSamples, DependOnTheStreamAlone) {
  const ContrastSamples set({0, 1, 2, 0, 1, 2});
  const auto samples = at::tensor({0, 1}, at::kLong);
  EXPECT_TRUE(at::equal(set.draw(samples, 50, RandomTree(1)), set.draw(samples, 50, RandomTree(1))));
  EXPECT_FALSE(at::equal(set.draw(samples, 50, RandomTree(1)), set.draw(samples, 50, RandomTree(2))));
  EXPECT_TRUE(at::equal(set.draw(samples, 50, RandomTree(1)).slice(1, 0, 11), set.draw(samples, 10, RandomTree(1))));
}

TEST(ContrastSamples, ASingleClassHasNone) {
  EXPECT_EQ(tests::user_error_of([] {
              ContrastSamples({3, 3, 3});
            }),
            "loss.crd: all 3 training samples are of class 3; there is nothing to hold them against");
}

}  // namespace
}  // namespace retort::model
