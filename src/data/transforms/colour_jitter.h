// Random changes of brightness, contrast, saturation and hue.
#pragma once

#include "core/options.h"

namespace retort::data {

/// Defaults of timm's and torchvision's ImageNet recipes, 0.4 but for the hue.
struct ColourJitterOptions {
  double brightness = 0.4, contrast = 0.4, saturation = 0.4;
  double hue = 0;
};

inline void fields(OptionVisitor& v, ColourJitterOptions& o) {
  v("brightness", o.brightness, "factors lie within 1 +- this", {.min = 0, .max = 10});
  v("contrast", o.contrast, "factors lie within 1 +- this", {.min = 0, .max = 10});
  v("saturation", o.saturation, "factors lie within 1 +- this", {.min = 0, .max = 10});
  v("hue", o.hue, "turns by at most so much of the circle", {.min = 0, .max = 0.5});
}

}  // namespace retort::data
