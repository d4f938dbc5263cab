// Tensors as the plain arrays that the kernels take.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/errors.h"
#include "distil/field/camera/camera.h"
#include "distil/field/splat/cpu/splat_types.h"
#include "distil/field/splat/render.h"

namespace retort::splat {

/// Pointer to a contiguous tensor's data, null for an undefined one.
template <class Real>
Real* data_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<Real>() : nullptr;
}

template <class Real>
SplatArrays<Real> splat_arrays(const RenderTensors& t) {
  return {t.means.size(0),
          t.sh.defined() ? static_cast<int>(t.sh.size(1)) : 1,
          data_or_null<Real>(t.means),
          data_or_null<Real>(t.quaternions),
          data_or_null<Real>(t.log_scales),
          data_or_null<Real>(t.opacity_logits),
          data_or_null<Real>(t.sh)};
}

/// The camera with the pose of world_to_view.
inline field::Camera posed_camera(field::Camera camera, const at::Tensor& world_to_view) {
  RT_CHECK(world_to_view.dim() == 2 && world_to_view.size(0) == 4 && world_to_view.size(1) == 4,
           "world_to_view is not [4,4]");
  const at::Tensor pose = world_to_view.to(at::kDouble).contiguous();
  for (int i = 0; i < 16; ++i) camera.world_to_camera[i] = pose.data_ptr<double>()[i];
  return camera;
}

/// The camera's pose as a tensor [4,4] of doubles; stands for an absent world_to_view, since autograd functions take no
/// undefined tensors.
inline at::Tensor pose_tensor(const field::Camera& camera) {
  at::Tensor pose = at::empty({4, 4}, at::kDouble);
  for (int i = 0; i < 16; ++i) pose.data_ptr<double>()[i] = camera.world_to_camera[i];
  return pose;
}

/// [3,4] gradient as the gradient of the [4,4] matrix.
inline at::Tensor pose_gradient(const std::array<double, 12>& gradient, at::ScalarType dtype) {
  at::Tensor result = at::zeros({4, 4}, at::kDouble);
  for (int i = 0; i < 12; ++i) result.data_ptr<double>()[i] = gradient[i];
  return result.to(dtype);
}

}  // namespace retort::splat
