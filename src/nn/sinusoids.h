// Fixed features of times and places: sines and cosines of falling frequency (Vaswani et al. 2017, section 3.5).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::nn {

struct SinusoidOptions {
  int64_t width = 256;        ///< even
  double longest = 10000;     ///< reciprocal of the lowest frequency
  bool reaches_end = false;   ///< the lowest frequency is 1 / longest itself; else the next in line would be
  bool cosines_first = true;  ///< else the sines come first
};

/// cos(w_k t) and sin(w_k t), w_k = longest^(-k / (half - (reaches_end ? 1 : 0))), k < half = width / 2: [B] ->
/// [B,width] in the dtype of t.
at::Tensor sinusoids(const at::Tensor& times, const SinusoidOptions& options);

/// Positions of a grid, row by row: [1, rows columns, width] float64; the first half of the channels are the column's
/// sines and cosines, the second half the row's. Source: facebookresearch/DiT, models.py, get_2d_sincos_pos_embed.
at::Tensor grid_sinusoids(int64_t rows, int64_t columns, int64_t width);

}  // namespace retort::nn
