// The scalar reference: the sheet's formulas written out plainly, in float or double. The fast path is held to it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "distil/field/splat/cpu/splat_types.h"

namespace retort::splat::reference {

/// What projection yields for each splat; rows of culled splats are zero.
template <class Real>
struct Projection {
  std::vector<Real> mean2d;        ///< [P,2] pixels, centres at integers
  std::vector<Real> conic;         ///< [P,3] A, B, C: inverse of the blurred 2-D covariance
  std::vector<Real> depth;         ///< [P] camera z
  std::vector<int32_t> radius;     ///< [P] pixels, 0 = culled
  std::vector<int32_t> tile_rect;  ///< [P,4] min x, min y, max x, max y in 16x16 tiles, maximum exclusive
};

/// Gradients with respect to what projection yields.
template <class Real>
struct ProjectionGradients {
  const Real* mean2d = nullptr;  ///< [P,2] per pixel
  const Real* conic = nullptr;   ///< [P,3] dL/dA, dL/dB, dL/dC
  const Real* depth = nullptr;   ///< [P]
};

/// Feature 3DGS, cuda_rasterizer/forward.cu preprocessCUDA, computeCov2D, computeCov3D. Reads means, quaternions,
/// log_scales.
template <class Real>
Projection<Real> project(const SplatArrays<Real>& splats, const field::Camera& camera, double scale_modifier);

/// Backward of project() (backward.cu computeCov2DCUDA, preprocessCUDA): *adds* to means, quaternions, log_scales and
/// world_to_camera of `gradients`. Splats with radius 0 are skipped.
template <class Real>
void project_backward(const SplatArrays<Real>& splats, const field::Camera& camera, double scale_modifier,
                      const Projection<Real>& projection, const ProjectionGradients<Real>& incoming,
                      const SplatGradients<Real>& gradients);

/// colour = max(SH + 0.5, 0), [P,3] (forward.cu computeColorFromSH); sh [P,K,3].
template <class Real>
std::vector<Real> sh_colours(const SplatArrays<Real>& splats, int degree, const std::array<Real, 3>& centre);

/// Backward of sh_colours(): adds to gradients.sh and gradients.means; `centre_gradient` [3] may be null.
template <class Real>
void sh_colours_backward(const SplatArrays<Real>& splats, int degree, const std::array<Real, 3>& centre,
                         const std::vector<Real>& colours, const Real* colour_gradients,
                         const SplatGradients<Real>& gradients, double* centre_gradient);

/// Renders one view. Groups are rendered at full size into `maps` [H,W,C] (map size and filter must be the image's).
template <class Real>
void render(const SplatArrays<Real>& splats, const field::Camera& camera, const RenderSettings& settings,
            const ImageMaps<Real>& image, std::span<const ChannelGroup<Real>> groups, std::span<Real* const> maps,
            std::vector<int32_t>* radii = nullptr);

/// One group's share in the backward pass.
template <class Real>
struct GroupBackward {
  ChannelGroup<Real> group;
  const Real* map_gradient = nullptr;  ///< [H,W,C]
  bool gradient_to_geometry = false;
  Real* value_gradients = nullptr;  ///< [P,C], overwritten; may be null
};

/// Gradients of everything, back to front with suffix sums as in backward.cu renderCUDA.
template <class Real>
void render_backward(const SplatArrays<Real>& splats, const field::Camera& camera, const RenderSettings& settings,
                     const ImageGradients<Real>& image, std::span<const GroupBackward<Real>> groups,
                     const SplatGradients<Real>& gradients);

}  // namespace retort::splat::reference
