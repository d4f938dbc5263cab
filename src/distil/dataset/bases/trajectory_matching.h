// Trajectory matching: a student that learns from the synthetic set alone is to end where an expert of the whole set
// does.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "nn/scope.h"
#include "nn/weights.h"

namespace retort::dataset {

/// The student as a function of its parameters: [B,C,H,W] -> logits [B,K].
struct TrajectoryStudent {
  std::function<at::Tensor(const nn::Scope&, const at::Tensor&)> forward;
  nn::Weights like;  ///< names, order and shapes of its parameters

  /// Logits of the parameters in the flat vector `theta` [P]; gradients reach theta and x, of any order.
  at::Tensor logits(const at::Tensor& theta, const at::Tensor& x) const;
};

struct TrajectoryLoss {
  at::Tensor loss;         ///< [] |theta_final - theta_target|^2 / |theta_start - theta_target|^2
  at::Tensor theta_final;  ///< [P]
};

/// The loss through the unrolled inner loop, differentiable in images `x` [N,C,H,W] and the learning rate `lr` []: row
/// i of `indices` [S,B] names the images of inner step i (-1 pads), one plain gradient step each on the cross-entropy
/// with `y` [N] or label probabilities [N,K]. Source: Cazenavette et al., "Dataset Distillation by Matching Training
/// Trajectories", CVPR 2022, equations 2 and 3; GeorgeCazenavette/mtt-distillation, distill.py.
TrajectoryLoss trajectory_loss(const TrajectoryStudent& student, const at::Tensor& x, const at::Tensor& y,
                               const at::Tensor& theta_start, const at::Tensor& theta_target, const at::Tensor& lr,
                               const at::Tensor& indices);

struct TrajectoryGradient {
  at::Tensor loss;         ///< []
  at::Tensor gradient_x;   ///< [N,C,H,W]
  at::Tensor gradient_lr;  ///< []
  at::Tensor theta_final;  ///< [P]
};

/// The same loss with its gradient in memory that doesn't grow with the number of steps: how a step's images move the
/// parameters of later steps is neglected. `image_gradient_scale` 1 is the authors' code, whose image gradient is half
/// of the formula; 2 the formula.
/// Source: Cui et al., "Scaling Up Dataset Distillation to ImageNet-1K with Constant Memory", ICML 2023, section 3.2;
/// justincui03/tesla, distill.py.
TrajectoryGradient constant_memory_gradient(const TrajectoryStudent& student, const at::Tensor& x, const at::Tensor& y,
                                            const at::Tensor& theta_start, const at::Tensor& theta_target,
                                            const at::Tensor& lr, const at::Tensor& indices,
                                            double image_gradient_scale = 1);

}  // namespace retort::dataset
