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

}  // namespace retort::splat
