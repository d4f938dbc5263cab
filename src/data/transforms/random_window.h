// A random part of a picture, by its share of the area and the ratio of its sides.
#pragma once

#include <optional>

#include "core/options.h"
#include "core/random.h"
#include "data/transforms/geometry.h"

namespace retort::data {

struct WindowRange {
  double scale_min = 0.08, scale_max = 1;
  double ratio_min = 3.0 / 4, ratio_max = 4.0 / 3;
  void check(Problems& problems) const;
};

inline void fields(OptionVisitor& v, WindowRange& o) {
  v("scale_min", o.scale_min, "smallest share of the picture's area", {.min = 1e-6, .max = 1});
  v("scale_max", o.scale_max, "largest share of the picture's area", {.min = 1e-6, .max = 1});
  v("ratio_min", o.ratio_min, "smallest width over height", {.min = 1e-3, .max = 1e3});
  v("ratio_max", o.ratio_max, "largest width over height", {.min = 1e-3, .max = 1e3});
}

/// Area uniform in its range, logarithm of the ratio uniform, then a uniform place; nothing after ten tries that do not
/// fit the picture (or, `strictly`, are as long as it on a side).
std::optional<Window> draw_window(int height, int width, const WindowRange& range, bool strictly,
                                  RandomGenerator& random);

}  // namespace retort::data
