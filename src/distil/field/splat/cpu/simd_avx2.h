// Sixteen floats in two AVX2 registers. Same interface as simd_avx512.h; only for kernels_avx2.cpp.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace retort::splat::simd_avx2 {

struct Mask {
  __m256 lo, hi;
  static Mask load(const void* from) {
    const float* f = static_cast<const float*>(from);
    return {_mm256_loadu_ps(f), _mm256_loadu_ps(f + 8)};
  }
  void store(void* to) const {
    float* f = static_cast<float*>(to);
    _mm256_storeu_ps(f, lo);
    _mm256_storeu_ps(f + 8, hi);
  }
};
inline Mask operator&(Mask a, Mask b) { return {_mm256_and_ps(a.lo, b.lo), _mm256_and_ps(a.hi, b.hi)}; }
inline Mask operator|(Mask a, Mask b) { return {_mm256_or_ps(a.lo, b.lo), _mm256_or_ps(a.hi, b.hi)}; }
inline Mask and_not(Mask a, Mask b) { return {_mm256_andnot_ps(b.lo, a.lo), _mm256_andnot_ps(b.hi, a.hi)}; }
inline uint32_t to_bits(Mask a) {
  return static_cast<uint32_t>(_mm256_movemask_ps(a.lo)) | static_cast<uint32_t>(_mm256_movemask_ps(a.hi)) << 8;
}
inline bool any(Mask a) { return _mm256_movemask_ps(_mm256_or_ps(a.lo, a.hi)) != 0; }

struct V {
  using Mask = simd_avx2::Mask;
  static constexpr int pixels_per_pass = 4;
  __m256 lo, hi;
  V() = default;
  V(__m256 low, __m256 high) : lo(low), hi(high) {}
  explicit V(float value) : lo(_mm256_set1_ps(value)), hi(lo) {}
  explicit V(double value) : V(static_cast<float>(value)) {}
  static void prefetch(const void* at) { _mm_prefetch(static_cast<const char*>(at), _MM_HINT_T0); }
  static V load(const float* from) { return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)}; }
  void store(float* to) const {
    _mm256_storeu_ps(to, lo);
    _mm256_storeu_ps(to + 8, hi);
  }
  static V load_partial(const float* from, int count) {
    alignas(32) float lanes[16] = {};
    for (int i = 0; i < count; ++i) lanes[i] = from[i];
    return load(lanes);
  }
  void store_partial(float* to, int count) const {
    alignas(32) float lanes[16];
    store(lanes);
    for (int i = 0; i < count; ++i) to[i] = lanes[i];
  }
  static V load_half(const uint16_t* from) {
    const __m128i* h = reinterpret_cast<const __m128i*>(from);
    return {_mm256_cvtph_ps(_mm_loadu_si128(h)), _mm256_cvtph_ps(_mm_loadu_si128(h + 1))};
  }
  static V load_half_partial(const uint16_t* from, int count) {
    uint16_t lanes[16] = {};
    for (int i = 0; i < count; ++i) lanes[i] = from[i];
    return load_half(lanes);
  }
};

inline V operator+(V a, V b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
inline V operator-(V a, V b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
inline V operator*(V a, V b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
inline V operator/(V a, V b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
inline V fma(V a, V b, V c) { return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)}; }
inline V negative_fma(V a, V b, V c) {
  return {_mm256_fnmadd_ps(a.lo, b.lo, c.lo), _mm256_fnmadd_ps(a.hi, b.hi, c.hi)};
}
inline V min(V a, V b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }
inline V max(V a, V b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
inline V sqrt(V a) { return {_mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi)}; }
inline V abs(V a) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(sign, a.lo), _mm256_andnot_ps(sign, a.hi)};
}
template <int mode>
inline V round_to(V a) {
  return {_mm256_round_ps(a.lo, mode), _mm256_round_ps(a.hi, mode)};
}
inline V round(V a) { return round_to<_MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC>(a); }
inline V ceil(V a) { return round_to<_MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC>(a); }
inline V truncate(V a) { return round_to<_MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC>(a); }
inline Mask operator<(V a, V b) {
  return {_mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ)};
}
inline Mask operator<=(V a, V b) {
  return {_mm256_cmp_ps(a.lo, b.lo, _CMP_LE_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_LE_OQ)};
}
inline Mask operator>(V a, V b) { return b < a; }
inline Mask operator>=(V a, V b) { return b <= a; }
inline V select(Mask m, V a, V b) { return {_mm256_blendv_ps(b.lo, a.lo, m.lo), _mm256_blendv_ps(b.hi, a.hi, m.hi)}; }
inline V keep(Mask m, V a) { return {_mm256_and_ps(m.lo, a.lo), _mm256_and_ps(m.hi, a.hi)}; }
inline float sum(V a) {
  const __m256 eight = _mm256_add_ps(a.lo, a.hi);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
/// a 2^power, whole powers; below -126 the result is as for -126.
inline V scale_exponent(V a, V power) {
  const auto scale = [](__m256 value, __m256 by) {
    const __m256 bounded = _mm256_min_ps(_mm256_max_ps(by, _mm256_set1_ps(-126.0f)), _mm256_set1_ps(127.0f));
    const __m256i bits = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(bounded), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(value, _mm256_castsi256_ps(bits));
  };
  return {scale(a.lo, power.lo), scale(a.hi, power.hi)};
}
inline V exponent(V a) {
  const auto of = [](__m256 value) {
    const __m256i bits = _mm256_and_si256(_mm256_srli_epi32(_mm256_castps_si256(value), 23), _mm256_set1_epi32(255));
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(bits, _mm256_set1_epi32(127)));
  };
  return {of(a.lo), of(a.hi)};
}
inline V mantissa(V a) {
  const auto of = [](__m256 value) {
    const __m256i fraction = _mm256_and_si256(_mm256_castps_si256(value), _mm256_set1_epi32(0x7fffff));
    return _mm256_castsi256_ps(_mm256_or_si256(fraction, _mm256_set1_epi32(0x3f800000)));
  };
  return {of(a.lo), of(a.hi)};
}
inline V reciprocal(V a) { return V(1.0f) / a; }

/// Rows i of the 16 x 16 matrix become columns. By way of memory, from where loads put halves of registers together:
/// that leaves two rounds of shuffles, and none across the halves.
inline void transpose(V* rows) {
  alignas(32) float lanes[16][16];
  for (int i = 0; i < 16; ++i) rows[i].store(lanes[i]);
  const auto quads = [&](int row, int column) {
    const __m256 upper = _mm256_castps128_ps256(_mm_load_ps(lanes[row] + column));
    return _mm256_insertf128_ps(upper, _mm_load_ps(lanes[row + 4] + column), 1);
  };
#pragma GCC unroll 4
  for (int c = 0; c < 16; c += 4) {
    __m256 columns[2][4];
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      const int row = 8 * half;
      const __m256 r0 = quads(row, c), r1 = quads(row + 1, c), r2 = quads(row + 2, c), r3 = quads(row + 3, c);
      const __m256 low = _mm256_unpacklo_ps(r0, r1), high = _mm256_unpackhi_ps(r0, r1);
      const __m256 next_low = _mm256_unpacklo_ps(r2, r3), next_high = _mm256_unpackhi_ps(r2, r3);
      columns[half][0] = _mm256_shuffle_ps(low, next_low, 0x44);
      columns[half][1] = _mm256_shuffle_ps(low, next_low, 0xee);
      columns[half][2] = _mm256_shuffle_ps(high, next_high, 0x44);
      columns[half][3] = _mm256_shuffle_ps(high, next_high, 0xee);
    }
    for (int i = 0; i < 4; ++i) rows[c + i] = {columns[0][i], columns[1][i]};
  }
}

/// Lane i of the result is the sum over lanes of values[i]; i in [0, 16).
inline V sums(const V* values) {
  alignas(32) float lanes[16];
  for (int i = 0; i < 16; ++i) lanes[i] = sum(values[i]);
  return V::load(lanes);
}

}  // namespace retort::splat::simd_avx2
