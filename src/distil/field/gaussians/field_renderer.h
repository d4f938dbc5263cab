// A trained field seen from a camera.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/thread_pool.h"
#include "distil/field/camera/camera.h"
#include "distil/field/gaussians/gaussian_field.h"
#include "distil/field/splat/cpu/renderer.h"

namespace retort::field {

struct RenderedView {
  at::Tensor colour;         ///< [3,H,W] not clamped
  at::Tensor depth;          ///< [H,W] sum of weight * camera z
  at::Tensor transmittance;  ///< [H,W] what passes between the splats; coverage = 1 - transmittance
};

class FieldRenderer {
 public:
  /// Field and pool must outlive the renderer.
  FieldRenderer(const GaussianField& field, ThreadPool& pool, Isa isa = Isa::automatic);

  /// Places the field before the camera; the other calls show that view.
  void look(const Camera& camera);
  RenderedView view();
  /// Decoded feature map [h,w,C]: rendered, resized to h x w by `filter`, decoded. UserError without features.
  at::Tensor feature_map(int height, int width, splat::MapFilter filter);
  /// The same at the image's size, decoded only if asked for: [H,W,N or C].
  at::Tensor feature_map(bool decoded = true);
  /// Numbers of the splats [P,K] (float32, contiguous) instead of their features, rendered alike: [h,w,K].
  at::Tensor value_map(const at::Tensor& values, int height, int width, splat::MapFilter filter);

 private:
  at::Tensor render_channels(int height, int width, splat::MapFilter filter);

  const GaussianField& field_;
  splat::Renderer renderer_;
  Camera camera_;
};

/// The kernel's view of a field's tensors (float32, contiguous, CPU). Valid as long as they live unchanged.
splat::SplatArrays<float> splat_arrays(const splat::SplatParameters& parameters);

}  // namespace retort::field
