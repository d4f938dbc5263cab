// Relational knowledge distillation (Park et al. 2019): distances between samples and angles of triples of samples.
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct RkdDistanceOptions {
  bool squared = false;  ///< squared distances in place of distances
};

/// Smooth L1 (beta 1), mean over all pairs, of the distances [B,B] of both embeddings, each divided by its mean over
/// different samples. [B,D] and [B,E] -> []. Source: mdistiller, distillers/RKD.py. Squared distances
/// are held at 1e-12 or more before the root, so that samples that coincide have a gradient (of zero); the diagonal is
/// 0. A batch of one has no distances and loses 0.
at::Tensor rkd_distance_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                             const RkdDistanceOptions& options = {});

/// Smooth L1 (beta 1), mean over B^3 triples, of the cosines e_ij . e_ik with e_ij the direction from sample i to
/// sample j. Samples that coincide have cosine 0 and no gradient (the authors' code: 1e12 times the incoming one).
/// Takes memory for B^3 cosines: keep batches at 128 or below.
at::Tensor rkd_angle_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding);

struct RkdOptions {
  double distance_weight = 25;
  double angle_weight = 50;
};

/// distance_weight rkd_distance_loss + angle_weight rkd_angle_loss -> [].
at::Tensor rkd_loss(const at::Tensor& student_embedding, const at::Tensor& teacher_embedding,
                    const RkdOptions& options = {});

}  // namespace retort::losses
