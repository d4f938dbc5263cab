// Logits of a vision-language model: an image's likeness to texts, and to a few labelled images.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

/// One unit vector a class: the embeddings of its prompts [C,T,d], each of unit length, averaged, of unit length again
/// -> [d,C]. Source: Radford et al. 2021 (CLIP); erjui/DHO, train_others.py clip_classifier.
at::Tensor text_prototypes(const at::Tensor& embeddings);

struct TipAdapterOptions {
  double alpha = 1.0;  ///< weight of the cache; 0: zero-shot
  double beta = 5.5;   ///< sharpness of its likeness
};

/// 100 v W + alpha exp(-beta (1 - v K^T)) V: images v [B,d] and cache keys K [M,d] of unit length, text_weights W
/// [d,C], cache_values V [M,C] one-hot -> [B,C]. Source: Zhang et al. 2022 (Tip-Adapter); erjui/DHO, train_others.py
/// get_teacher_predictions.
at::Tensor tip_adapter_logits(const at::Tensor& features, const at::Tensor& text_weights, const at::Tensor& cache_keys,
                              const at::Tensor& cache_values, const TipAdapterOptions& options = {});

}  // namespace retort::losses
