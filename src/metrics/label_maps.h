// Agreement of label maps.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

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

/// How often class i (row) was called j (column): [K,K] int64, summed over all elements whose target lies in
/// 0..num_classes-1 (255, "void", counts for nothing). int64 tensors of one shape on the CPU; fault for a prediction
/// outside the classes.
at::Tensor confusion_matrix(const at::Tensor& target, const at::Tensor& prediction, int64_t num_classes);

/// Intersection over union of each class of a confusion matrix (higher is better); NaN for a class that is in neither
/// map. Their mean over the others is the mIoU of Everingham et al. 2015 (PASCAL VOC) and of Cityscapes: counted over a
/// whole data set, not by picture.
std::vector<double> class_ious(const at::Tensor& confusion);
double mean_iou(const at::Tensor& confusion);

/// Share of rightly labelled elements of a confusion matrix, in [0, 1]; NaN when it is empty.
double pixel_accuracy(const at::Tensor& confusion);

}  // namespace retort::metrics
