// Neuron selectivity transfer (Huang and Wang 2017).
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace retort::losses {

/// Maximum mean discrepancy between the channel maps of student and teacher under the kernel (a . b)^2, each channel
/// map of unit length over the positions: mean k(t,t) + mean k(s,s) - 2 mean k(s,t), sum over stages. [B,C,H,W] and
/// [B,D,h,w] per stage, the larger one averaged down -> []. Source: mdistiller, distillers/NST.py nst_loss; as there,
/// no gradient flows through k(t,t).
at::Tensor nst_loss(const std::vector<at::Tensor>& student_features, const std::vector<at::Tensor>& teacher_features);

}  // namespace retort::losses
