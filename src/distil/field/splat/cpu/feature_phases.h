// The phases of channel groups: products of a view's weights with values, at full size or resized.
#pragma once

#include <array>
#include <span>
#include <vector>

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
  /// Runs `job` over every tile or patch and returns the summed loss.
  double run(const ProductJob& job, float* value_gradients);
  double run_row(const ProductJob& job, int row, int strip, TileScratch& scratch);
  double run_tile(ProductJob job, int64_t tile, int strip, TileScratch& scratch);
  double run_patch(ProductJob job, int patch_x, int patch_y, int strip, TileScratch& scratch);
  void find_gradient_rows(ProductJob& job, int strip, TileScratch& scratch);
  void cut_strips();

  RenderFrame& frame_;
  ChannelGroup<float> group_;
  int width_, height_;  ///< of the map
  bool resized_;
};

/// The gradient of every weight with respect to the groups that drive the geometry.
class GeometryShare {
 public:
  GeometryShare(const RenderFrame& frame, std::span<const GeometryGroup<float>> groups);
  bool empty() const { return groups_.empty(); }

  /// One tile's gradients, in the scratch's memory.
  struct Tile {
    std::array<float*, group_count> extra;              ///< per group [hits][16]
    alignas(64) std::array<float, tile_pixels> totals;  ///< [16][16] sum over hits of weight times extra
  };
  Tile of_tile(const RenderFrame& frame, int64_t tile, TileScratch& scratch) const;

 private:
  std::span<const GeometryGroup<float>> groups_;
  std::vector<MapAxes> axes_;
  bool with_background_;
};

/// Per-pixel lists of the view.
WeightLists collect_weight_lists(RenderFrame& frame);

}  // namespace retort::splat
