// Flow of solution procedure (Yim et al. 2017, "A Gift from Knowledge Distillation").
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace retort::losses {

/// FSP matrix of consecutive maps (paper, eq. 1): [B,C,P] [B,D,P]' / P for the two maps at P positions. Mean squared
/// difference of student and teacher, sum over the n - 1 pairs. Lists of n >= 2 maps, widths equal in student and
/// teacher; the larger map of a pair is averaged down -> []. Source: RepDistiller, distiller_zoo/FSP.py.
at::Tensor fsp_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features);

/// The larger map of a pair is reduced by maxima, and the columns of the difference enter by their lengths, summed,
/// over the batch size. Source: torchdistill, losses/mid_level.py FSPLoss.
at::Tensor fsp_column_norm_loss(const std::vector<at::Tensor>& student_features,
                                const std::vector<at::Tensor>& teacher_features);

}  // namespace retort::losses
