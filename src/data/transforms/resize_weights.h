// Which input pixels make an output pixel of a resize, and with what weights.
#pragma once

#include <cstdint>
#include <vector>

#include "data/transforms/resize.h"

namespace retort::data {

/// One axis: output i is the sum of the pixels reaches[i].begin ... + count - 1, each times its weight in fixed point
/// of `fraction_bits` bits, as Pillow computes and rounds them.
struct AxisWeights {
  static constexpr int fraction_bits = 22;
  struct Reach {
    int begin = 0, count = 0;
  };
  std::vector<Reach> reaches;
  std::vector<int32_t> weights;  ///< `widest` for each output pixel, zero behind its count
  int widest = 0;

  AxisWeights(int size, int outputs, ResizeFilter filter);
  int outputs() const { return int(reaches.size()); }
  const int32_t* weights_of(int output) const { return weights.data() + size_t(output) * size_t(widest); }
};

}  // namespace retort::data
