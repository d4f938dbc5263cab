// Relational distillation from a stronger teacher: DIST (Huang et al. 2022, "Knowledge Distillation from A Stronger
// Teacher") and DIST+ (Huang et al. 2025).
#pragma once

#include <ATen/core/Tensor.h>

namespace retort::losses {

struct DistTerms {
  at::Tensor between_classes;  ///< inter: 1 - mean over the samples of the correlation between the classes
  at::Tensor within_class;     ///< intra: 1 - mean over the classes of the correlation over the batch
};

/// Both terms of the probabilities softmax(logits / temperature), each times temperature^2; [B,C]
/// both. In Pearson's correlation, norms are held at 1e-8 or more, so that constant rows count as uncorrelated.
DistTerms dist_terms(const at::Tensor& student_logits, const at::Tensor& teacher_logits, double temperature);

struct DistOptions {
  double beta = 2.0;         ///< weight of the term between classes
  double gamma = 2.0;        ///< weight of the term within a class over the batch
  double temperature = 4.0;  ///< softens both distributions; > 0
};

/// beta inter + gamma intra -> []. Source: torchdistill, losses/mid_level.py DISTLoss; defaults of CIFAR-100.
at::Tensor dist_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                     const DistOptions& options = {});

struct DistSegmentationOptions {
  double beta = 1.0;   ///< weight of the term between classes
  double gamma = 1.0;  ///< weight of the term within a class over all pixels
};

/// The same without a temperature, each pixel of [B,C,H,W] a sample ([B,C] is taken too). Source: hunto/DIST_KD,
/// segmentation/losses/dist_kd.py, which adds 1e-8 to the product of the norms instead: the same value, another
/// gradient where a class hardly varies.
at::Tensor dist_segmentation_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                                  const DistSegmentationOptions& options = {});

struct DistPlusOptions {
  double beta = 1.0, gamma = 1.0;  ///< weights of the terms of DIST
  double iota = 1.0;               ///< weight of the correlation over channels
  double kappa = 1.0;              ///< weight of the term over the batch at each position
  double temperature = 1.0;        ///< softens the logits; > 0
};

/// DIST + iota channel + kappa spatial -> []; features [B,D,H,W] both. Source: torchdistill, losses/mid_level.py
/// DISTPlusLoss, whose quirk is kept: the channel term is the correlation itself and not 1 - correlation, so that
/// minimising it rewards features that differ. The spatial term sums over channels and correlates over the batch.
at::Tensor dist_plus_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                          const at::Tensor& student_features, const at::Tensor& teacher_features,
                          const DistPlusOptions& options = {});

}  // namespace retort::losses
