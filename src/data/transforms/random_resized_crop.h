// A random part of the picture, brought to one size.
#pragma once

#include "core/options.h"
#include "core/random.h"
#include "data/transforms/random_window.h"
#include "data/transforms/resize.h"

namespace retort::data {

/// Defaults: Szegedy et al., "Going Deeper with Convolutions", 2015, section 6.
struct RandomResizedCropOptions {
  int size = 224;
  WindowRange part = {};
  ResizeFilter filter = ResizeFilter::bilinear;
  void check(Problems& problems) const { part.check(problems); }
};

inline void fields(OptionVisitor& v, RandomResizedCropOptions& o) {
  v("size", o.size, "height and width of the result", {.unit = "px", .min = 1, .max = 65535});
  fields(v, o.part);
  v("filter", o.filter, "bilinear or bicubic");
}

/// The window of a crop; where none was found, the largest centred one of an allowed ratio.
Window draw_crop_window(int height, int width, const WindowRange& part, RandomGenerator& random);

}  // namespace retort::data
