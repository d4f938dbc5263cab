// The phases of channel groups: products of a view's weights with values, at full size or resized.
#pragma once

#include <array>
#include <span>

#include "distil/field/splat/cpu/renderer_state.h"

namespace retort::splat {

/// Phases of one group in one view.
class FeaturePhases {
 public:
  /// Fault for channels outside 1..2048 or a map size that the filter can't give.
  FeaturePhases(RenderFrame& frame, const ChannelGroup<float>& group);

  void render(float* map);
  void backward(const float* map_gradient, float* value_gradients);
  double distil(const FeatureTarget& target, double weight, float* value_gradients);

 private:
  ProductJob product_job(ProductMode mode) const;
  /// Runs `job` over every tile or block and returns the summed loss.
  double run(const ProductJob& job, float* value_gradients);
  double run_tile(ProductJob job, int64_t tile, int strip, TileScratch& scratch);
  double run_block(ProductJob job, int block_x, int block_y, int strip, TileScratch& scratch);
  void find_gradient_rows(ProductJob& job, int strip, TileScratch& scratch);
  void cut_strips();

  RenderFrame& frame_;
  ChannelGroup<float> group_;
  int width_, height_;  ///< of the map
  bool resized_;
};

/// The geometry groups' gradient of one tile's weights.
class GeometryShare {
 public:
  GeometryShare(RenderFrame& frame, TileScratch& scratch, int64_t tile, std::span<const GeometryGroup<float>> groups);
  const float* const* extra() const { return extra_.data(); }
  const float* totals() const { return totals_.data(); }

 private:
  std::array<float*, group_count> extra_;
  alignas(64) std::array<float, tile_pixels> totals_;
};

/// Per-pixel lists of the view.
WeightLists collect_weight_lists(RenderFrame& frame);

}  // namespace retort::splat
