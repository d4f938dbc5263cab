// Sixteen floats by the compiler's vector extension, for machines without AVX2. Same interface as simd_avx512.h; only
// for kernels_portable.cpp.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace retort::splat::simd_portable {

// Aligned as the machine's own vectors are: wider arguments would change the calling convention, of which compilers
// warn.
using FloatLanes = float __attribute__((vector_size(64), aligned(16)));
using IntLanes = int32_t __attribute__((vector_size(64), aligned(16)));

/// Lanes of all ones or all zeros.
struct Mask {
  IntLanes lanes;
  static Mask load(const void* from) {
    Mask mask;
    std::memcpy(&mask.lanes, from, sizeof mask.lanes);
    return mask;
  }
  void store(void* to) const { std::memcpy(to, &lanes, sizeof lanes); }
};
inline Mask operator&(Mask a, Mask b) { return {a.lanes & b.lanes}; }
inline Mask operator|(Mask a, Mask b) { return {a.lanes | b.lanes}; }
inline Mask and_not(Mask a, Mask b) { return {a.lanes & ~b.lanes}; }
inline uint32_t to_bits(Mask a) {
  uint32_t bits = 0;
  for (int i = 0; i < 16; ++i) bits |= static_cast<uint32_t>(a.lanes[i] & 1) << i;
  return bits;
}
inline bool any(Mask a) { return to_bits(a) != 0; }

/// IEEE binary16 to float, denormals, infinities and NaN included.
inline float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16, fraction = half & 0x3ffu;
  const int power = (half >> 10) & 31;
  if (power == 0) return (sign ? -1.0f : 1.0f) * std::ldexp(static_cast<float>(fraction), -24);
  const uint32_t bits = sign | (power == 31 ? 0x7f800000u : static_cast<uint32_t>(power + 112) << 23) | fraction << 13;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

struct V {
  using Mask = simd_portable::Mask;
  static constexpr int pixels_per_pass = 4;
  FloatLanes v;
  V() = default;
  V(FloatLanes lanes) : v(lanes) {}
  explicit V(float value) : v(value - FloatLanes{}) {}
  explicit V(double value) : V(static_cast<float>(value)) {}
  static void prefetch(const void* at) { __builtin_prefetch(at); }
  static V load(const float* from) {
    V result;
    std::memcpy(&result.v, from, sizeof result.v);
    return result;
  }
  void store(float* to) const { std::memcpy(to, &v, sizeof v); }
  static V load_partial(const float* from, int count) {
    V result(0.0f);
    std::memcpy(&result.v, from, static_cast<size_t>(count) * sizeof(float));
    return result;
  }
  void store_partial(float* to, int count) const { std::memcpy(to, &v, static_cast<size_t>(count) * sizeof(float)); }
  static V load_half(const uint16_t* from) { return load_half_partial(from, 16); }
  static V load_half_partial(const uint16_t* from, int count) {
    V result(0.0f);
    for (int i = 0; i < count; ++i) result.v[i] = half_to_float(from[i]);
    return result;
  }
};

template <class Operation>
inline V each(V a, Operation operation) {
  for (int i = 0; i < 16; ++i) a.v[i] = operation(a.v[i]);
  return a;
}

inline V operator+(V a, V b) { return a.v + b.v; }
inline V operator-(V a, V b) { return a.v - b.v; }
inline V operator*(V a, V b) { return a.v * b.v; }
inline V operator/(V a, V b) { return a.v / b.v; }
inline V fma(V a, V b, V c) { return a.v * b.v + c.v; }
inline V negative_fma(V a, V b, V c) { return c.v - a.v * b.v; }
inline Mask operator<(V a, V b) { return {a.v < b.v}; }
inline Mask operator<=(V a, V b) { return {a.v <= b.v}; }
inline Mask operator>(V a, V b) { return b < a; }
inline Mask operator>=(V a, V b) { return b <= a; }
inline V select(Mask m, V a, V b) { return m.lanes ? a.v : b.v; }
inline V keep(Mask m, V a) { return select(m, a, V(0.0f)); }  ///< 0 where the mask is not set
inline V min(V a, V b) { return select(a < b, a, b); }
inline V max(V a, V b) { return select(a > b, a, b); }
inline V sqrt(V a) {
  return each(a, [](float x) { return std::sqrt(x); });
}
inline V abs(V a) {
  return each(a, [](float x) { return std::fabs(x); });
}
inline V round(V a) {
  return each(a, [](float x) { return std::nearbyint(x); });
}
inline V ceil(V a) {
  return each(a, [](float x) { return std::ceil(x); });
}
inline V truncate(V a) {
  return each(a, [](float x) { return std::trunc(x); });
}
inline float sum(V a) {
  float lanes[16];
  a.store(lanes);
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  return lanes[0];
}
/// a 2^power, whole powers; below -126 the result is as for -126.
inline V scale_exponent(V a, V power) {
  const V bounded = min(max(power, V(-126.0f)), V(127.0f));
  const IntLanes bits = (__builtin_convertvector(bounded.v, IntLanes) + 127) << 23;
  V scale;
  std::memcpy(&scale.v, &bits, sizeof bits);
  return a * scale;
}
inline V exponent(V a) {
  IntLanes bits;
  std::memcpy(&bits, &a.v, sizeof bits);
  return __builtin_convertvector(((bits >> 23) & 255) - 127, FloatLanes);
}
inline V mantissa(V a) {
  IntLanes bits;
  std::memcpy(&bits, &a.v, sizeof bits);
  bits = (bits & 0x7fffff) | 0x3f800000;
  std::memcpy(&a.v, &bits, sizeof bits);
  return a;
}
inline V reciprocal(V a) { return V(1.0f) / a; }

/// Rows i of the 16 x 16 matrix become columns.
inline void transpose(V* rows) {
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < i; ++j) {
      const float other = rows[i].v[j];
      rows[i].v[j] = rows[j].v[i];
      rows[j].v[i] = other;
    }
}

/// Lane i of the result is the sum over lanes of values[i]; i in [0, 16).
inline V sums(const V* values) {
  V result;
  for (int i = 0; i < 16; ++i) result.v[i] = sum(values[i]);
  return result;
}

}  // namespace retort::splat::simd_portable
