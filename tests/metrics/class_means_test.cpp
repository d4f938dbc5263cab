// Means of classes, among them one that nobody belongs to.
#include "metrics/class_means.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/user_error.h"

namespace retort::metrics {
namespace {

TEST(ClassMeans, are_means_of_the_rows_and_zero_for_an_empty_class) {
  const at::Tensor rows = at::tensor({1.f, 2.f, 3.f, 6.f, 10.f, 20.f}).view({3, 2});
  const at::Tensor means = class_means(rows, at::tensor({0, 0, 2}, at::kLong), 3);
  EXPECT_TRUE(at::equal(means, at::tensor({2.f, 4.f, 0.f, 0.f, 10.f, 20.f}).view({3, 2})));
}

TEST(ClassMeans, of_parts_are_those_of_the_whole) {
  const at::Tensor rows = at::sin(at::arange(30, at::kFloat)).view({10, 3}), labels = at::arange(10, at::kLong) % 4;
  ClassSums sums;
  sums.add(rows.slice(0, 0, 7), labels.slice(0, 0, 7), 5);
  sums.add(rows.slice(0, 7), labels.slice(0, 7), 5);
  EXPECT_TRUE(at::equal(sums.means(), class_means(rows, labels, 5)));
}

TEST(ClassMeans, refuse_labels_that_are_no_class) {
  const at::Tensor rows = at::ones({2, 2});
  EXPECT_EQ(tests::user_error_of([&] {
              class_means(rows, at::tensor({0, 3}, at::kLong), 3);
            }),
            "class means: labels from 0 to 3; they should be in [0, 3)");
  EXPECT_EQ(tests::user_error_of([&] { class_means(rows, at::tensor({0}, at::kLong), 3); }),
            "class means: rows [2, 2], labels [1], 3 classes; they should be [N,D] and [N], of at least one class");
}

}  // namespace
}  // namespace retort::metrics
