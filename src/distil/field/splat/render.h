// Splat kernels for tensors, with autograd. float32 takes the fast path, float64 the scalar reference.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/thread_pool.h"
#include "distil/field/camera/camera.h"
#include "distil/field/splat/cpu/renderer.h"

namespace retort::splat {

/// Raw parameters of P Gaussians, all of one floating dtype, on the CPU. Undefined tensors count as absent where said.
struct RenderTensors {
  at::Tensor means;               ///< [P,3]
  at::Tensor quaternions;         ///< [P,4] w, x, y, z
  at::Tensor log_scales;          ///< [P,3]
  at::Tensor opacity_logits;      ///< [P]
  at::Tensor sh;                  ///< [P,K,3]
  at::Tensor features;            ///< [P,N]; may be undefined
  at::Tensor screenspace_points;  ///< [P,2], not read: its gradient is dL/d(projected mean) in NDC; may be undefined
  at::Tensor world_to_view;       ///< [4,4] column-vector; undefined = the camera's pose, without gradient
};

struct RenderOptions {
  RenderSettings settings;
  bool feature_gradient_to_geometry = false;
  Isa isa = Isa::automatic;  ///< of the float32 path
};

struct RenderedTensors {
  at::Tensor color;          ///< [3,H,W]
  at::Tensor depth;          ///< [1,H,W] sum w z
  at::Tensor features;       ///< [N,H,W], no background; undefined without features
  at::Tensor transmittance;  ///< [1,H,W] final T
  at::Tensor radii;          ///< [P] int32
};

/// Differentiable in every floating input, the pose included. The backward pass renders again instead of keeping lists.
/// Fault for shapes that do not fit. Source: ShijieZhou-UCLA/feature-3dgs, diff-gaussian-rasterization-feature.
RenderedTensors render(const RenderTensors& tensors, const field::Camera& camera, const RenderOptions& options,
                       ThreadPool& pool);

struct ProjectedTensors {
  at::Tensor mean2d;     ///< [P,2] pixels
  at::Tensor conic;      ///< [P,3]
  at::Tensor depth;      ///< [P] camera z
  at::Tensor radius;     ///< [P] int32
  at::Tensor tile_rect;  ///< [P,4] int32
};

/// Projection alone (scalar reference in both dtypes); differentiable in means, quaternions, log_scales, world_to_view.
ProjectedTensors project(const RenderTensors& tensors, const field::Camera& camera, double scale_modifier);

/// sum_k sh[n, channel, k] * basis_k(direction): [N,3]. sh [N,3,K], directions [N,3] taken as given, degree 0..4
/// (Feature 3DGS, utils/sh_utils.py eval_sh).
at::Tensor eval_sh(const at::Tensor& sh, const at::Tensor& directions, int degree);

/// max(SH(direction from camera_center to mean) + 0.5, 0): [P,3]; sh [P,K,3] (forward.cu computeColorFromSH).
at::Tensor spherical_harmonics(const at::Tensor& means, const at::Tensor& camera_center, const at::Tensor& sh,
                               int degree);

}  // namespace retort::splat
