// Pictures made larger or smaller.
#pragma once

#include <string>
#include <vector>

#include "core/isa.h"
#include "core/options.h"
#include "data/transforms/transform.h"

namespace retort::data {

/// Triangle filter, and Keys' cubic with a = -0.5. Both widen with the scale when making smaller, so nothing aliases.
enum class ResizeFilter { bilinear, bicubic };

inline std::vector<std::string> choices(ResizeFilter) { return {"bilinear", "bicubic"}; }

/// Resampled to height x width. Bit for bit what Image.resize of Pillow 11 gives for 8-bit channels: 22-bit
/// fixed point, along the rows first, rounded between the passes (Pillow 13 begins with the cheaper axis). `isa`
/// changes speed only.
Picture resize_picture(const Picture& picture, int height, int width, ResizeFilter filter, Isa isa = chosen_isa());

/// The nearest pixel, for label maps: pixel i of n comes from floor((i + 0.5) * size / n).
Picture resize_nearest(const Picture& picture, int height, int width);

/// Picture, label map and boxes of a sample. UserError for pairs of sizes.
void resize_sample(Sample& sample, int height, int width, ResizeFilter filter);

struct ResizeOptions {
  int size = 256;
  int width = 0;
  ResizeFilter filter = ResizeFilter::bilinear;
};

inline void fields(OptionVisitor& v, ResizeOptions& o) {
  v("size", o.size, "length of the shorter side, the ratio being kept; height where a width is given",
    {.unit = "px", .min = 1, .max = 65535});
  v("width", o.width, "width whatever the ratio; 0: keep the ratio", {.unit = "px", .min = 0, .max = 65535});
  v("filter", o.filter, "bilinear or bicubic");
}

}  // namespace retort::data
