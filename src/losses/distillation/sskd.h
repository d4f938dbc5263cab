// Self-supervision knowledge distillation (Xu et al. 2020, "Knowledge Distillation Meets Self-Supervision"). Batches
// hold each image with its three rotations, interleaved: rows 0, 4, 8, ... are the originals.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// Stage 1: cross-entropy of the cosines [3N,N] between the heads of the rotations and of the originals, each rotation
/// labelled by its own original. head [4N,D] -> []. Source: torchdistill, losses/mid_level.py AuxSSKDLoss.
at::Tensor sskd_head_loss(const at::Tensor& head);

struct SskdOptions {
  double kl_temperature = 4.0;  ///< for the logits of the originals; > 0
  double ss_temperature = 0.5;  ///< for the cosines of the heads; > 0
  double tf_temperature = 4.0;  ///< for the logits of the rotations; > 0
  double ss_ratio = 0.75;       ///< share of the rows the teacher gets wrong that is kept for the cosines, in [0, 1]
  double tf_ratio = 1.0;        ///< likewise for the logits of the rotations
  double w_ce = 1.0, w_kl = 0.9, w_ss = 10.0, w_tf = 2.7;  ///< weights of the four terms
};

/// Stage 2: w_ce CE(originals) + w_kl KL(originals' logits) + w_ss KL(cosines of heads) + w_tf KL(rotations' logits),
/// each divergence times its temperature^2, mean over its rows. Of the last two, rows are kept that the teacher ranks
/// right, and of the others the share with the best rank of the true entry (rounded down; rows of equal rank in batch
/// order). No kept row: the term is 0. Logits [4N,C], heads [4N,D], labels [N] int64 -> []. Source: torchdistill,
/// losses/mid_level.py SSKDLoss.
at::Tensor sskd_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits, const at::Tensor& student_head,
                     const at::Tensor& teacher_head, const at::Tensor& labels, const SskdOptions& options = {});

}  // namespace retort::losses
