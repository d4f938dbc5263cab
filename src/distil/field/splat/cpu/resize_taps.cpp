#include "distil/field/splat/cpu/resize_taps.h"

#include <algorithm>
#include <cmath>

#include "core/errors.h"

namespace retort::splat {

AxisTaps axis_taps(int pixels, int cells, MapFilter filter) {
  RT_CHECK(pixels > 0 && cells > 0, "a map of {} cells over {} pixels", cells, pixels);
  RT_CHECK(filter != MapFilter::area || cells <= pixels, "area means to {} cells from {} pixels would enlarge", cells,
           pixels);
  AxisTaps taps;
  taps.begin.resize(cells);
  taps.weights.resize(cells);
  for (int cell = 0; cell < cells; ++cell) {
    if (filter == MapFilter::area) {
      // In units of 1 / cells of a pixel everything is whole: exact overlaps.
      const int64_t low = int64_t{cell} * pixels, high = low + pixels;
      const int first = static_cast<int>(low / cells), last = static_cast<int>((high - 1) / cells);
      taps.begin[cell] = first;
      for (int pixel = first; pixel <= last; ++pixel) {
        const int64_t overlap = std::min(high, int64_t{pixel + 1} * cells) - std::max(low, int64_t{pixel} * cells);
        taps.weights[cell].push_back(static_cast<float>(static_cast<double>(overlap) / pixels));
      }
      continue;
    }
    const double at = cells > 1 ? static_cast<double>(cell) * (pixels - 1) / (cells - 1) : 0.0;
    const int first = std::min(static_cast<int>(at), pixels - 1);
    const double fraction = at - first;
    taps.begin[cell] = first;
    taps.weights[cell].push_back(static_cast<float>(1 - fraction));
    if (fraction > 0 && first + 1 < pixels) taps.weights[cell].push_back(static_cast<float>(fraction));
  }
  return taps;
}

CellRange cells_touching(const AxisTaps& taps, int begin, int end) {
  CellRange range;
  for (int cell = 0; cell < taps.cells(); ++cell) {
    if (taps.end(cell) <= begin || taps.begin[cell] >= end) continue;
    if (range.first == range.end) range.first = cell;
    range.end = cell + 1;
  }
  return range;
}

MapAxes::MapAxes(const ViewConstants& view, int map_width, int map_height, MapFilter filter)
    : x(axis_taps(view.width, map_width, filter)), y(axis_taps(view.height, map_height, filter)) {
  for (int tile = 0; tile < view.tiles_x; ++tile) {
    cells_x.push_back(cells_touching(x, tile * tile_size, (tile + 1) * tile_size));
  }
  for (int tile = 0; tile < view.tiles_y; ++tile) {
    cells_y.push_back(cells_touching(y, tile * tile_size, (tile + 1) * tile_size));
  }
}

void MapAxes::spread_gradient(int tile_x, int tile_y, const float* map_gradient, int channels, int padded,
                              float* tile_gradient) const {
  std::fill_n(tile_gradient, int64_t{tile_pixels} * padded, 0.0f);
  for (int pixel = 0; pixel < tile_pixels; ++pixel) {
    const int group = pixel / 16, lane = pixel % 16;
    const int at_x = tile_x * tile_size + group % 4 * group_side + lane % 4;
    const int at_y = tile_y * tile_size + group / 4 * group_side + lane / 4;
    for (int cell_y = cells_y[tile_y].first; cell_y < cells_y[tile_y].end; ++cell_y) {
      const float weight_y = y.weight(cell_y, at_y);
      if (weight_y == 0) continue;
      for (int cell_x = cells_x[tile_x].first; cell_x < cells_x[tile_x].end; ++cell_x) {
        const float weight = weight_y * x.weight(cell_x, at_x);
        if (weight == 0) continue;
        const float* from = map_gradient + (int64_t{cell_y} * x.cells() + cell_x) * channels;
        for (int c = 0; c < channels; ++c) tile_gradient[int64_t{pixel} * padded + c] += weight * from[c];
      }
    }
  }
}

}  // namespace retort::splat
