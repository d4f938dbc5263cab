// How much of a direction (a word, a picture, a class) lies in a feature map or in each splat.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace retort::field {

/// Cosine between each feature [...,C] and a direction [C], in [-1, 1]; 0 for features of length 0. -> [...]
at::Tensor cosine_to(const at::Tensor& features, const at::Tensor& direction);

/// Which of K directions [K,C] is nearest by cosine to each feature [...,C]; int64 [...].
at::Tensor nearest_direction(const at::Tensor& features, const at::Tensor& directions);

/// Relevancy for people: cosines stretched so that the picture's mean gives 0 and its highest 1, lower ones 0.
/// -> shape of `cosine`
at::Tensor stretched_relevancy(const at::Tensor& cosine);

}  // namespace retort::field
