// ACAM-KD (Lan and Tian 2025, "ACAM-KD: Adaptive and Cooperative Attention Masking for Knowledge Distillation"): where
// and in which channels a student imitates a map is decided by masks that teacher and student make together.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/scope.h"

namespace retort::losses {

/// Teacher's positions ask, the student's answer: linear `query` and `key` to C/2 and `value` to C on every position,
/// softmax(q k^T / sqrt(C/2)) v; one head, no residual. [B,C,H,W] both -> [B,C,H,W]. The attention map, rows the
/// teacher's positions, is offered as "attention" [B,1,HW,HW]. `max_tokens` > 0: larger maps are averaged down to that
/// many positions at most and the result is enlarged (bilinear); 0: never. Derived from the paper, section 3.1.
at::Tensor cooperative_fusion(const nn::Scope& scope, const at::Tensor& teacher_features,
                              const at::Tensor& student_features, int64_t max_tokens = 0);

struct SelectionMasks {
  at::Tensor channel;  ///< [B,M,C]
  at::Tensor spatial;  ///< [B,M,HW]
};

/// Sigmoids of channel_units [M] times the mean of `fused` [B,C,H,W] over places, and of spatial_units [M,C] times it.
/// Derived from the paper, section 3.2.
SelectionMasks selection_masks(const at::Tensor& fused, const at::Tensor& channel_units,
                               const at::Tensor& spatial_units);

/// How alike masks are: the mean Dice coefficient of pairs (MasKD's code); the paper's one ratio of all pairs.
enum class DiversityForm { pairs, whole };
inline std::vector<std::string> choices(DiversityForm) { return {"pairs", "whole"}; }

/// 2 <m_i, m_j> / (|m_i|^2 + |m_j|^2) over i != j, or its numerators' sum over the denominators' (both sums over
/// masks), mean over the batch; 1e-12 in each squared length. masks [B,M,D] -> []. A single mask gives 0.
at::Tensor mask_diversity_loss(const at::Tensor& masks, DiversityForm form = DiversityForm::pairs);

struct MaskedDistillation {
  at::Tensor spatial, channel;  ///< [] each
};

/// For every mask the squared length of the masked difference over the mask's sum and the other axis (C for spatial, HW
/// for channel masks), mean over masks and batch. Maps [B,C,H,W], masks as SelectionMasks. Derived from the paper; that
/// the sums divide is MasKD's code (printed formulas are unclear).
MaskedDistillation masked_distillation_loss(const at::Tensor& teacher_features, const at::Tensor& student_features,
                                            const SelectionMasks& masks);

/// Whose maps make the masks: the teacher's positions ask and the student's answer (the paper's), the teacher's ask and
/// answer among themselves (its ablation "adaptive, teacher only"), or the student's ask (its ablation of the query);
/// tokens: no attention, the units look at the teacher's map itself, as MasKD's receptive tokens do (hunto/MasKD).
enum class MaskMakers { both, teacher, student_asks, tokens };
inline std::vector<std::string> choices(MaskMakers) { return {"both", "teacher", "student_asks", "tokens"}; }

struct AcamOptions {
  int64_t masks = 6;                    ///< M: 6 for detection, the classes for segmentation
  int64_t max_tokens = 0;               ///< as in cooperative_fusion()
  bool detach_student_in_mask = false;  ///< masks then follow the student without pushing it
  DiversityForm diversity = DiversityForm::pairs;
  MaskMakers masks_from = MaskMakers::both;
  double unit_deviation = 0.01;  ///< of the units' start (MasKD's); larger ones make masks that differ from the first
};

struct AcamTerms {
  at::Tensor spatial, channel;  ///< [] each, of masked_distillation_loss()
  at::Tensor diversity;         ///< [], sum of both kinds of masks
};

/// All of it for one pair of maps [B,S,h,w] and [B,C,H,W]; the loss is spatial + channel + diversity. `align`: 1x1
/// convolution, only where widths differ; a student's map of another size is resized (bilinear, inferred). `query`,
/// `key`, `value` as above (none for MaskMakers::tokens), `channel_units` [M] and `spatial_units` [M,C] start normal of `unit_deviation` (inferred).
/// UserError for maps of a single channel.
AcamTerms acam_terms(const nn::Scope& scope, const at::Tensor& teacher_features, const at::Tensor& student_features,
                     const AcamOptions& options = {});

}  // namespace retort::losses
