// The fast path: renders splats to colour, depth, transmittance and channel groups on the CPU, and differentiates.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/isa.h"
#include "core/thread_pool.h"
#include "distil/field/splat/cpu/splat_types.h"

namespace retort::splat {

/// Renders one view at a time in phases; buffers are kept from call to call. The order is
///   project -> blend -> (render_group | distil_group | backward_group)* -> backward,
/// each phase optional but for project. The arrays given to project() must stay alive and unchanged until the last
/// phase of that view. Results are the same bits for any thread count and any earlier use of the renderer.
///
/// Semantics: Feature 3DGS (ShijieZhou-UCLA/feature-3dgs @6c570d6, cuda_rasterizer/forward.cu and backward.cu), except
/// that a principal point off centre is honoured: pixel = fx x / (z + 1e-7) + cx - 0.5. Splats with a parameter that is
/// not finite, or a quaternion of length 0, are dropped as if behind the camera.
class Renderer {
 public:
  /// UserError when this machine lacks `isa`. The pool must outlive the renderer.
  explicit Renderer(ThreadPool& pool, Isa isa = Isa::automatic);
  ~Renderer();
  Renderer(Renderer&&) noexcept;
  Renderer& operator=(Renderer&&) noexcept;

  Isa isa() const;

  /// Projects, sorts by depth and bins into tiles. Fault for impossible sizes (degree against K, empty image).
  void project(const SplatArrays<float>& splats, const field::Camera& camera, const RenderSettings& settings);

  /// [P] radius in pixels, 0 = not visible (culled, behind the camera or off screen).
  std::span<const int32_t> radii() const;
  /// Pairs of (splat, 16x16 tile) of this view.
  int64_t tile_entries() const;

  /// Colour, depth and transmittance. backward() reads these maps again: keep those that are given until then.
  void blend(const ImageMaps<float>& maps);

  /// Renders a group's map [map_height, map_width, C] (overwritten).
  void render_group(const ChannelGroup<float>& group, float* map);

  /// Gradient of the values from the gradient of the map: [P,C], overwritten. Exact whether or not the group also
  /// drives the geometry, which is backward()'s affair.
  void backward_group(const ChannelGroup<float>& group, const float* map_gradient, float* value_gradients);

  /// Direct distillation, fused: renders the group, takes mean |F - target| over the whole map, writes
  /// d(weight * mean)/d(values) [P,C] (overwritten; 0 where F equals the target) and returns the mean, not multiplied
  /// by `weight`. The map never goes to memory, so this serves only groups that do not drive the geometry.
  double distil_group(const ChannelGroup<float>& group, const FeatureTarget& target, double weight,
                      float* value_gradients);

  /// Gradients of the raw parameters, given those of the maps. Needs blend() of the same view. `geometry_groups` adds
  /// the features' share to opacity, shape, position and pose (feature_gradient_to_geometry = true); not to the values.
  void backward(const ImageGradients<float>& maps, const SplatGradients<float>& gradients,
                std::span<const GeometryGroup<float>> geometry_groups = {});

  /// Per-pixel (splat, weight) lists of this view.
  WeightLists weight_lists();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retort::splat
