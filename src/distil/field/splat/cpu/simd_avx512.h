// Sixteen floats in one AVX-512 register. Same interface as simd_avx2.h and simd_portable.h; only for
// kernels_avx512.cpp.
#pragma once

// GCC 12's own headers start some results from a deliberately undefined register and then warn about it where inlined.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include <cstdint>

namespace retort::splat::simd_avx512 {

struct Mask {
  __mmask16 bits;
  static Mask load(const void* from) { return {*static_cast<const __mmask16*>(from)}; }
  void store(void* to) const { *static_cast<__mmask16*>(to) = bits; }
};
inline Mask operator&(Mask a, Mask b) { return {static_cast<__mmask16>(a.bits & b.bits)}; }
inline Mask operator|(Mask a, Mask b) { return {static_cast<__mmask16>(a.bits | b.bits)}; }
inline Mask and_not(Mask a, Mask b) { return {static_cast<__mmask16>(a.bits & ~b.bits)}; }  ///< a and not b
inline bool any(Mask a) { return a.bits != 0; }
inline uint32_t to_bits(Mask a) { return a.bits; }

struct V {
  using Mask = simd_avx512::Mask;
  static constexpr int pixels_per_pass = 16;  ///< accumulators of a product that fit the registers
  __m512 v;
  V() = default;
  V(__m512 value) : v(value) {}
  explicit V(float value) : v(_mm512_set1_ps(value)) {}
  explicit V(double value) : v(_mm512_set1_ps(static_cast<float>(value))) {}
  static void prefetch(const void* at) { _mm_prefetch(static_cast<const char*>(at), _MM_HINT_T0); }
  static V load(const float* from) { return _mm512_loadu_ps(from); }
  void store(float* to) const { _mm512_storeu_ps(to, v); }
  /// The first `count` floats; the others are 0.
  static V load_partial(const float* from, int count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
  }
  void store_partial(float* to, int count) const {
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), v);
  }
  static V load_half(const uint16_t* from) {
    return _mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  static V load_half_partial(const uint16_t* from, int count) {
    return _mm512_maskz_cvtph_ps(0xffff, _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << count) - 1), from));
  }
};

inline V operator+(V a, V b) { return _mm512_add_ps(a.v, b.v); }
inline V operator-(V a, V b) { return _mm512_sub_ps(a.v, b.v); }
inline V operator*(V a, V b) { return _mm512_mul_ps(a.v, b.v); }
inline V operator/(V a, V b) { return _mm512_div_ps(a.v, b.v); }
inline V fma(V a, V b, V c) { return _mm512_fmadd_ps(a.v, b.v, c.v); }            ///< a b + c
inline V negative_fma(V a, V b, V c) { return _mm512_fnmadd_ps(a.v, b.v, c.v); }  ///< c - a b
inline V min(V a, V b) { return _mm512_min_ps(a.v, b.v); }
inline V max(V a, V b) { return _mm512_max_ps(a.v, b.v); }
inline V sqrt(V a) { return _mm512_sqrt_ps(a.v); }
inline V abs(V a) { return _mm512_abs_ps(a.v); }
inline V round(V a) { return _mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
inline V ceil(V a) { return _mm512_roundscale_ps(a.v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
inline V truncate(V a) { return _mm512_roundscale_ps(a.v, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }
inline Mask operator<(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
inline Mask operator<=(V a, V b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
inline Mask operator>(V a, V b) { return b < a; }
inline Mask operator>=(V a, V b) { return b <= a; }
inline V select(Mask m, V a, V b) { return _mm512_mask_blend_ps(m.bits, b.v, a.v); }
inline V keep(Mask m, V a) { return _mm512_maskz_mov_ps(m.bits, a.v); }  ///< 0 where the mask is not set
inline float sum(V a) { return _mm512_reduce_add_ps(a.v); }
inline V scale_exponent(V a, V power) { return _mm512_scalef_ps(a.v, power.v); }  ///< a 2^power, whole powers
inline V exponent(V a) { return _mm512_getexp_ps(a.v); }                          ///< floor(log2 |a|)
inline V mantissa(V a) { return _mm512_getmant_ps(a.v, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_zero); }  ///< in [1, 2)
inline V reciprocal(V a) {
  const __m512 guess = _mm512_rcp14_ps(a.v);
  return _mm512_mul_ps(guess, _mm512_fnmadd_ps(a.v, guess, _mm512_set1_ps(2.0f)));
}

/// Rows i of the 16 x 16 matrix become columns.
inline void transpose(V* rows) {
  __m512 t[16];
  for (int i = 0; i < 16; i += 4) {
    const __m512 a = _mm512_unpacklo_ps(rows[i].v, rows[i + 1].v), b = _mm512_unpackhi_ps(rows[i].v, rows[i + 1].v);
    const __m512 c = _mm512_unpacklo_ps(rows[i + 2].v, rows[i + 3].v);
    const __m512 d = _mm512_unpackhi_ps(rows[i + 2].v, rows[i + 3].v);
    t[i] = _mm512_shuffle_ps(a, c, 0x44);
    t[i + 1] = _mm512_shuffle_ps(a, c, 0xee);
    t[i + 2] = _mm512_shuffle_ps(b, d, 0x44);
    t[i + 3] = _mm512_shuffle_ps(b, d, 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    const __m512 a = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88), b = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
    const __m512 c = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88),
                 d = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
    rows[i].v = _mm512_shuffle_f32x4(a, c, 0x88);
    rows[i + 8].v = _mm512_shuffle_f32x4(a, c, 0xdd);
    rows[i + 4].v = _mm512_shuffle_f32x4(b, d, 0x88);
    rows[i + 12].v = _mm512_shuffle_f32x4(b, d, 0xdd);
  }
}

/// Lane i of the result is the sum over lane of values[i]; i in [0, 16).
inline V sums(const V* values) {
  __m512 quads[4];
  for (int i = 0; i < 4; ++i) {
    const V* v = values + 4 * i;
    const __m512 a = _mm512_add_ps(_mm512_unpacklo_ps(v[0].v, v[1].v), _mm512_unpackhi_ps(v[0].v, v[1].v));
    const __m512 b = _mm512_add_ps(_mm512_unpacklo_ps(v[2].v, v[3].v), _mm512_unpackhi_ps(v[2].v, v[3].v));
    const __m512d c = _mm512_castps_pd(a), d = _mm512_castps_pd(b);
    quads[i] = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(c, d)), _mm512_castpd_ps(_mm512_unpackhi_pd(c, d)));
  }
  const __m512 low =
      _mm512_add_ps(_mm512_shuffle_f32x4(quads[0], quads[1], 0x88), _mm512_shuffle_f32x4(quads[0], quads[1], 0xdd));
  const __m512 high =
      _mm512_add_ps(_mm512_shuffle_f32x4(quads[2], quads[3], 0x88), _mm512_shuffle_f32x4(quads[2], quads[3], 0xdd));
  return _mm512_add_ps(_mm512_shuffle_f32x4(low, high, 0x88), _mm512_shuffle_f32x4(low, high, 0xdd));
}

}  // namespace retort::splat::simd_avx512
