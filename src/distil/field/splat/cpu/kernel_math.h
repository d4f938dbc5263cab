// Elementary functions of the vector kernels. Templates over the vector type: each instruction set gets its own.
#pragma once

#include "distil/field/splat/cpu/kernel_types.h"

namespace retort::splat {

/// 2^(whole + fraction) for whole numbers and |fraction| <= 0.5; relative error 2e-7 (polynomial of Cephes' exp2f).
template <class V>
inline V exp2_parts(V whole, V fraction) {
  V p = V(1.535336188319500e-4f);
  p = fma(p, fraction, V(1.339887440266574e-3f));
  p = fma(p, fraction, V(9.618437357674640e-3f));
  p = fma(p, fraction, V(5.550332471162809e-2f));
  p = fma(p, fraction, V(2.402264791363012e-1f));
  p = fma(p, fraction, V(6.931472028550421e-1f));
  return scale_exponent(fma(p, fraction, V(1.0f)), whole);
}

/// 2^x.
template <class V>
inline V exp2(V x) {
  const V whole = round(x);
  return exp2_parts(whole, x - whole);
}

/// e^x; the product with log2(e) is carried in two parts so that large |x| keep their precision.
template <class V>
inline V exp(V x) {
  const V high = x * V(log2_of_e);
  const V whole = round(high);
  const V low = fma(x, V(log2_of_e), V(0.0f) - high);
  const V correction = fma(x, V(1.92596299e-8f), low);
  return exp2_parts(whole, (high - whole) + correction);
}

/// log2(x) for normal x > 0 within 2e-5 (our own least-squares fit on [1, 2)); for bounds with slack only.
template <class V>
inline V rough_log2(V x) {
  const V m = mantissa(x);
  V p = V(0.04392863f);
  p = fma(p, m, V(-0.40947559f));
  p = fma(p, m, V(1.61017755f));
  p = fma(p, m, V(-3.52021884f));
  p = fma(p, m, V(5.06975632f));
  p = fma(p, m, V(-2.79415368f));
  return p + exponent(x);
}

/// Column `column` of `count` rows of `width` floats; missing lanes are 0.
template <class V>
inline V load_column(const float* rows, int64_t width, int column, int count) {
  alignas(64) float lanes[16] = {};
  for (int i = 0; i < count; ++i) lanes[i] = rows[i * width + column];
  return V::load(lanes);
}

template <class V>
inline void store_column(float* rows, int64_t width, int column, int count, V value) {
  alignas(64) float lanes[16];
  value.store(lanes);
  for (int i = 0; i < count; ++i) rows[i * width + column] = lanes[i];
}

}  // namespace retort::splat
