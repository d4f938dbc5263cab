// Knowledge review (Chen et al. 2021, "Distilling Knowledge via Knowledge Review").
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace retort::losses {

/// Hierarchical context loss: mean squared difference of the maps, and of both averaged down to 4x4, 2x2 and 1x1 as far
/// as that is smaller than the height, weighted 1, 1/2, 1/4, 1/8 over the levels used and divided by the sum of these
/// weights; sum over stages. Lists of [B,C,H,W] -> []. Source: paper; mdistiller, distillers/ReviewKD.py
/// hcl_loss.
at::Tensor hcl_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features);

}  // namespace retort::losses
