// What makes a network use several outputs a class for different things (Mueller et al. 2020, "Subclass Distillation").
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// -mean_i log( exp(v_i v_i / temperature) / mean_j exp(v_i v_j / temperature) ), v the rows of `logits` [B,K] brought
/// to unit length (which normalisation: inferred): 0 where the samples of a batch all point one way, lower the more
/// directions they have. Derived from the paper.
at::Tensor subclass_contrast_loss(const at::Tensor& logits, double temperature = 1.0);

}  // namespace retort::losses
