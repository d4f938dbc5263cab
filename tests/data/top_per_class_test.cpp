// Which samples of a pool stand for a class.
#include "data/top_per_class.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/user_error.h"

namespace retort::data {
namespace {

at::Tensor rows_of(std::vector<int64_t> rows) { return at::tensor(rows, at::kLong); }

TEST(TopPerClass, takes_the_highest_scores_of_each_class_once) {
  const at::Tensor scores = at::tensor({.9f, .8f, .5f, .1f, .4f, .3f, .2f, .7f}).view({4, 2});
  EXPECT_TRUE(at::equal(top_per_class(scores, 1), rows_of({0})));  // one sample serves both
  EXPECT_TRUE(at::equal(top_per_class(scores, 2), rows_of({0, 1, 3})));
  EXPECT_TRUE(at::equal(top_per_class(scores, 9), rows_of({0, 1, 2, 3})));
  EXPECT_EQ(top_per_class(scores, 0).numel(), 0);
  EXPECT_TRUE(at::equal(top_per_class(scores, 1, ClassMembership::best), rows_of({0, 3})));
  EXPECT_TRUE(at::equal(top_per_class(scores, 2, ClassMembership::best), rows_of({0, 1, 3})));
}

TEST(TopPerClass, takes_equal_scores_by_index) {
  EXPECT_TRUE(at::equal(top_per_class(at::ones({5, 3}), 2), rows_of({0, 1})));
}

TEST(TopPerClass, takes_no_pool_and_refuses_no_matrix) {
  EXPECT_EQ(top_per_class(at::ones({0, 3}), 2).numel(), 0);
  EXPECT_EQ(tests::user_error_of([] { top_per_class(at::ones({3}), 2); }),
            "top per class: scores [3], 2 samples a class; they should be [M,C], not fewer than 0");
}

}  // namespace
}  // namespace retort::data
