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

TEST(LabelMaps, a_confusion_matrix_leaves_void_out_and_gives_both_metrics) {
  const auto target = at::tensor({0, 0, 0, 1, 255, 1}, at::kLong);
  const auto confusion = confusion_matrix(target, at::tensor({0, 0, 1, 1, 1, 0}, at::kLong), 3);
  EXPECT_TRUE(at::equal(confusion, at::tensor({2, 1, 0, 1, 1, 0, 0, 0, 0}, at::kLong).view({3, 3})));
  const auto ious = class_ious(confusion);
  ASSERT_EQ(ious.size(), 3U);
  EXPECT_DOUBLE_EQ(ious[0], 2.0 / 4);
  EXPECT_DOUBLE_EQ(ious[1], 1.0 / 3);
  EXPECT_TRUE(std::isnan(ious[2]));  // in neither map
  EXPECT_DOUBLE_EQ(mean_iou(confusion), (2.0 / 4 + 1.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(pixel_accuracy(confusion), 3.0 / 5);
  EXPECT_TRUE(std::isnan(mean_iou(at::zeros({2, 2}, at::kLong))));
  EXPECT_TRUE(std::isnan(pixel_accuracy(at::zeros({2, 2}, at::kLong))));
  EXPECT_THROW(confusion_matrix(target, at::full({6}, 3, at::kLong), 3), Fault);
}

TEST(LabelMaps, refuses_other_shapes_and_dtypes) {
  EXPECT_THROW(label_accuracy(at::zeros({2}, at::kLong), at::zeros({3}, at::kLong)), Fault);
  EXPECT_THROW(mean_iou(at::zeros({2}, at::kLong), at::zeros({2}, at::kInt), 2), Fault);
}

}  // namespace
}  // namespace retort::metrics
