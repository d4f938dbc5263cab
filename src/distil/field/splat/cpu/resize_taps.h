// Linear resizing of one axis as weights from pixels to cells.
#pragma once

#include <cstdint>
#include <vector>

#include "distil/field/splat/cpu/kernel_types.h"

namespace retort::splat {

/// Cell i of the smaller map is sum over k of weights[i][k] * pixel[begin[i] + k].
struct AxisTaps {
  std::vector<int> begin;
  std::vector<std::vector<float>> weights;

  int cells() const { return static_cast<int>(begin.size()); }
  int end(int cell) const { return begin[cell] + static_cast<int>(weights[cell].size()); }
  /// Weight of a pixel in a cell, 0 outside the cell's taps.
  float weight(int cell, int pixel) const {
    return pixel >= begin[cell] && pixel < end(cell) ? weights[cell][pixel - begin[cell]] : 0.0f;
  }
};

/// Fault when cells or pixels < 1, or for MapFilter::area with more cells than pixels.
AxisTaps axis_taps(int pixels, int cells, MapFilter filter);

/// Cells whose taps meet the pixels [begin, end): the first and one past the last (both 0 when there is none).
struct CellRange {
  int first = 0, end = 0;
};
CellRange cells_touching(const AxisTaps& taps, int begin, int end);

/// Both axes of a map against the tiles of an image.
struct MapAxes {
  AxisTaps x, y;
  std::vector<CellRange> cells_x, cells_y;  ///< cells that each tile column, row touches

  MapAxes() = default;
  MapAxes(const ViewConstants& view, int map_width, int map_height, MapFilter filter);

  /// Resized gradient of one tile's pixels: [16 groups][16 pixels][padded], from a gradient of the map [h,w,C].
  void spread_gradient(int tile_x, int tile_y, const float* map_gradient, int channels, int padded,
                       float* tile_gradient) const;
};

}  // namespace retort::splat
