// Probabilistic knowledge transfer (Passalis and Tefas 2018).
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// Cosines between the samples of a batch, shifted to (cos + 1) / 2 and each row divided by its sum: q, [B,B]; mean
/// over all B^2 entries of q_t log((q_t + e) / (q_s + e)). [B,D] and [B,E] -> []. Source: mdistiller, distillers/PKT.py
/// pkt_loss, with its e = 1e-7, which is added to the lengths as well.
at::Tensor pkt_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding);

}  // namespace retort::losses
