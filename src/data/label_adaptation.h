// Labels of crops that the teacher was unsure or all too sure of (Shen, "FerKD: Surgical Label Adaptation for Efficient
// Distillation", ICCV 2023).
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace retort::data {

/// What the teacher's confidence in a crop is: the largest probability, or that of the true class.
enum class Confidence { max, label };
inline std::vector<std::string> choices(Confidence) { return {"max", "label"}; }

/// What becomes of a crop: its soft label stays; it is replaced by the softened truth; the crop is left out.
enum class BandAction { keep, soften, drop };
inline std::vector<std::string> choices(BandAction) { return {"keep", "soften", "drop"}; }

struct AdaptationOptions {
  double low = 0.15;       ///< below: band 0, the teacher is unreliable
  double high = 1.01;      ///< from here on: band 2, easy positives; above 1: none
  double smoothing = 0.1;  ///< share that the softened truth spreads over all classes, in [0, 1]
  Confidence confidence = Confidence::max;
  BandAction below = BandAction::soften, between = BandAction::keep, above = BandAction::drop;
};

struct AdaptedLabels {
  at::Tensor labels;  ///< [N,C]
  at::Tensor keep;    ///< bool [N]; false: leave the crop out
  at::Tensor band;    ///< int64 [N], 0, 1, 2
};

/// Confidence of soft labels [N,C] with true classes int64 [N]: [N].
at::Tensor label_confidence(const at::Tensor& soft_labels, const at::Tensor& labels, Confidence confidence);

/// Each crop by the band its confidence lies in. Softened truth: (1 - smoothing) one_hot(label) + smoothing / C. With
/// low = 0 and high above 1 nothing changes. soft_labels [N,C], labels int64 [N] in [0, C). UserError when shapes,
/// labels or the bands' order don't fit. Derived from the paper; its thresholds, and which end is softened and which
/// dropped, are inferred.
AdaptedLabels adapted_labels(const at::Tensor& soft_labels, const at::Tensor& labels,
                             const AdaptationOptions& options = {});

}  // namespace retort::data
