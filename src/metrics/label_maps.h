// Agreement of label maps.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::metrics {

/// Share of equal labels of two int64 tensors of one shape, in [0, 1] (higher is better).
double label_accuracy(const at::Tensor& teacher, const at::Tensor& student);

/// Intersection over union, mean over the classes 0..num_classes-1 (higher is better). Classes absent in both maps are
/// left out; NaN when all are. int64 tensors of one shape. Source: Feature 3DGS, utils/loss_utils.py calculate_iou.
double mean_iou(const at::Tensor& target, const at::Tensor& prediction, int64_t num_classes);

/// Intersection over union, mean over the `num_classes` most frequent labels of both maps together (all of them when
/// there are fewer; ties go to the smaller label). int64 tensors of one shape. Source: Feature 3DGS,
/// encoders/lseg_encoder/segmentation_metric.py calculate_iou.
double mean_iou_top(const at::Tensor& teacher, const at::Tensor& student, int64_t num_classes);

}  // namespace retort::metrics
