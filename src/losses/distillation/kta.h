// Knowledge adaptation for segmentation (He et al. 2019, "Knowledge Adaptation for Efficient Semantic Segmentation"):
// losses of the teacher's translated knowledge and the student's adapted features.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::losses {

struct KtaOptions {
  int64_t p = 1;  ///< norm of the difference; >= 1
  int64_t q = 2;  ///< norm by which each sample is divided; >= 1
};

/// Whole maps of unit q-norm, compared by normalized_difference (ft.h); [B,C,H,W] both -> []. Source: paper;
/// torchdistill, losses/mid_level.py KTALoss.
at::Tensor kta_loss(const at::Tensor& student_features, const at::Tensor& teacher_features,
                    const KtaOptions& options = {});

/// Affinities between the positions of each channel (of unit length), s s' / HW against t t' / HW: Frobenius norm,
/// summed over channels, mean over the batch. [B,C,H,W] both -> []. Source: torchdistill, losses/mid_level.py
/// AffinityLoss. The HW x HW matrices are never made: with u = s - t and w = s + t their difference is (u w' + w u') /
/// 2, whose norm needs products of vectors only and loses no digits when s is near t.
at::Tensor affinity_loss(const at::Tensor& student_features, const at::Tensor& teacher_features);

}  // namespace retort::losses
