#include "metrics/label_maps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"

namespace retort::metrics {
namespace {

// Label 0: 2 of 3 places shared; 1: 1 of 2; 2: none of 2 (once in each map).
const auto first_labels = [] { return at::tensor({0, 0, 0, 1, 2, 1}, at::kLong); };
const auto second_labels = [] { return at::tensor({0, 0, 1, 1, 1, 2}, at::kLong); };

TEST(LabelMaps, accuracy) {
  EXPECT_DOUBLE_EQ(label_accuracy(first_labels(), second_labels()), 0.5);
  EXPECT_DOUBLE_EQ(label_accuracy(first_labels(), first_labels()), 1);
}

TEST(LabelMaps, mean_iou_skips_absent_classes) {
  const double expected = (2.0 / 3 + 1.0 / 4 + 0) / 3;
  EXPECT_DOUBLE_EQ(mean_iou(first_labels(), second_labels(), 3), expected);
  EXPECT_DOUBLE_EQ(mean_iou(first_labels(), second_labels(), 50), expected);
  EXPECT_DOUBLE_EQ(mean_iou(first_labels(), second_labels(), 1), 2.0 / 3);
  EXPECT_TRUE(std::isnan(mean_iou(first_labels(), second_labels(), 0)));
}

TEST(LabelMaps, most_frequent_labels) {
  // Label 0 and 1 occur five times in both maps together, label 2 twice.
  EXPECT_DOUBLE_EQ(mean_iou_top(first_labels(), second_labels(), 1), 2.0 / 3);
  EXPECT_DOUBLE_EQ(mean_iou_top(first_labels(), second_labels(), 2), (2.0 / 3 + 1.0 / 4) / 2);
  EXPECT_DOUBLE_EQ(mean_iou_top(first_labels(), second_labels(), 7), (2.0 / 3 + 1.0 / 4) / 3);
}

TEST(LabelMaps, refuses_other_shapes_and_dtypes) {
  EXPECT_THROW(label_accuracy(at::zeros({2}, at::kLong), at::zeros({3}, at::kLong)), Fault);
  EXPECT_THROW(mean_iou(at::zeros({2}, at::kLong), at::zeros({2}, at::kInt), 2), Fault);
}

}  // namespace
}  // namespace retort::metrics
