// What the splat kernels take and give: plain arrays, owned by the caller.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "distil/field/camera/camera.h"

namespace retort::splat {

/// Raw (pre-activation) parameters of P Gaussians, all row-major and contiguous. Inside the kernels: scale =
/// exp(log_scale), rotation = quaternion / |quaternion|, opacity = sigmoid(logit), colour = max(SH(direction) + 0.5,
/// 0).
template <class Real>
struct SplatArrays {
  int64_t count = 0;                     ///< P
  int coefficients = 1;                  ///< K >= (sh_degree + 1)^2, at most 25
  const Real* means = nullptr;           ///< [P,3] world
  const Real* quaternions = nullptr;     ///< [P,4] w, x, y, z; any length > 0
  const Real* log_scales = nullptr;      ///< [P,3]
  const Real* opacity_logits = nullptr;  ///< [P]
  const Real* sh = nullptr;              ///< [P,K,3]
};

/// Where gradients of the raw parameters go. Every array is overwritten in full (zeros for invisible splats); null
/// pointers are skipped.
template <class Real>
struct SplatGradients {
  Real* means = nullptr;               ///< [P,3]
  Real* quaternions = nullptr;         ///< [P,4]
  Real* log_scales = nullptr;          ///< [P,3]
  Real* opacity_logits = nullptr;      ///< [P]
  Real* sh = nullptr;                  ///< [P,K,3]
  Real* screenspace_points = nullptr;  ///< [P,2] dL/d(projected mean) in NDC units; what the densifier accumulates
  double* world_to_camera = nullptr;   ///< [3,4] row-major; see se3_left_gradient()
};

struct RenderSettings {
  int sh_degree = 0;          ///< active degree, 0..3
  double scale_modifier = 1;  ///< multiplies all scales
  std::array<double, 3> background = {0, 0, 0};
};

/// Rendered maps, [channels,H,W]; null pointers are skipped.
template <class Real>
struct ImageMaps {
  Real* colour = nullptr;         ///< [3,H,W] sum w c + T background
  Real* depth = nullptr;          ///< [1,H,W] sum w z, not divided by the coverage
  Real* transmittance = nullptr;  ///< [1,H,W] T left behind the last splat; coverage (alpha) = 1 - T
};

/// Gradients of the loss with respect to ImageMaps; null pointers count as zero.
template <class Real>
struct ImageGradients {
  const Real* colour = nullptr;         ///< [3,H,W]
  const Real* depth = nullptr;          ///< [1,H,W]
  const Real* transmittance = nullptr;  ///< [1,H,W]; the reference has no such gradient, here it is exact
};

/// How a full-size feature map is brought to the group's map size. Both are linear, so weights are resized, not
/// features.
enum class MapFilter {
  area,  ///< mean over the cell [i H / h, (i + 1) H / h), pixels at the border shared; needs h <= H, w <= W
  bilinear_align_corners  ///< as F.interpolate(..., mode="bilinear", align_corners=True)
};

/// A bundle of channels that is rendered with the weights of the colour pass. Maps of groups are channel-last, [h,w,C]:
/// that is the order in which the products produce them.
template <class Real>
struct ChannelGroup {
  const Real* values = nullptr;      ///< [P,C]
  int channels = 0;                  ///< C, 1..2048
  const Real* background = nullptr;  ///< [C] or null for none
  int map_width = 0;                 ///< 0 = width of the image
  int map_height = 0;                ///< 0 = height of the image
  MapFilter filter = MapFilter::area;
};

/// A teacher's map for the fused feature loss, channel-last [map_height, map_width, C].
struct FeatureTarget {
  const void* values = nullptr;
  bool half = false;  ///< IEEE fp16 instead of fp32
};

/// A group whose gradient also drives opacity, shape and position (feature_gradient_to_geometry = true).
template <class Real>
struct GeometryGroup {
  ChannelGroup<Real> group;
  const Real* map_gradient = nullptr;  ///< [map_height, map_width, C]
};

/// For every pixel (row-major) the splats blended there, front to back: entries offsets[p] .. offsets[p + 1].
struct WeightLists {
  std::vector<int64_t> offsets;  ///< [H*W + 1]
  std::vector<int32_t> splats;   ///< index of the splat
  std::vector<float> weights;    ///< T * alpha
};

/// Turns dL/d(world_to_camera) [3,4] into the gradient with respect to xi = (translation, rotation) of a left
/// perturbation: world_to_camera <- exp(xi^) world_to_camera, at xi = 0.
std::array<double, 6> se3_left_gradient(const double* gradient, const field::Matrix4& world_to_camera);

}  // namespace retort::splat
