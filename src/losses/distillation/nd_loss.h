// Norm and direction (Wang et al. 2023, "Improving Knowledge Distillation via Regularizing Feature Norm and
// Direction"): the student's embedding is pushed along the teacher's mean of its class, and may grow.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nn/scope.h"

namespace retort::losses {

/// The paper's loss and the two terms it was found between: 1 - cosine to the class's mean; a push of the norm by
/// `norm_step`.
enum class NdForm { norm_and_direction, direction, norm };
inline std::vector<std::string> choices(NdForm) { return {"norm_and_direction", "direction", "norm"}; }

struct NdOptions {
  double weight = 1.0;
  NdForm form = NdForm::norm_and_direction;
  double norm_step = 1.0;  ///< of form `norm`: (|s| - (|s| held fixed + step))^2, > 0
};

/// weight times the mean over the batch of 1 - <s, e_label> / max(|s|, |t|), e the class means of unit length. The
/// gradient passes through |s| only where it is the larger one: a short student grows, a long one only turns. A class
/// whose mean is zero and vectors that are zero contribute 1 and no gradient. Embeddings [B,D], class_means [K,D] of
/// the teacher's embeddings over the training set (metrics::class_means), labels [B] -> []. Source: paper, equation 7;
/// WangYZ1608/Knowledge-Distillation-via-ND, CIFAR/utils.py DirectNormLoss.
at::Tensor nd_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                   const at::Tensor& class_means, const at::Tensor& labels, const NdOptions& options = {});

/// Brings a student's embedding [B,S] to the teacher's width, for this loss alone: batch normalisation `0`, dropout of
/// one half `1`, linear `2` with a bias that starts at 0 -> [B,teacher_width]. In training the scope needs a random
/// stream.
at::Tensor nd_projection(const nn::Scope& scope, const at::Tensor& student_embedding, int64_t teacher_width);

}  // namespace retort::losses
