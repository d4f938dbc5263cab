// Crops of a fixed size.
#pragma once

#include "core/options.h"
#include "data/transforms/transform.h"

namespace retort::data {

struct RandomCropOptions {
  int size = 32;
  int padding = 4;
  int fill = 0;
};

inline void fields(OptionVisitor& v, RandomCropOptions& o) {
  v("size", o.size, "height and width of the crop", {.unit = "px", .min = 1, .max = 65535});
  v("padding", o.padding, "border laid around the picture first", {.unit = "px", .min = 0, .max = 65535});
  v("fill", o.fill, "value of the border", {.min = 0, .max = 255});
}

struct CentreCropOptions {
  int size = 224;
};

inline void fields(OptionVisitor& v, CentreCropOptions& o) {
  v("size", o.size, "height and width of the crop", {.unit = "px", .min = 1, .max = 65535});
}

struct FlipOptions {
  double probability = 0.5;
};

inline void fields(OptionVisitor& v, FlipOptions& o) {
  v("probability", o.probability, "of mirroring left and right", {.min = 0, .max = 1});
}

}  // namespace retort::data
