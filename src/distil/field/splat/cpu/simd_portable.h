// Sixteen floats in plain C++, for machines without AVX2. Same interface as simd_avx512.h; only for
// kernels_portable.cpp.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace retort::splat::simd_portable {

struct Mask {
  uint32_t bits;
  static Mask load(const void* from) { return {*static_cast<const uint32_t*>(from)}; }
  void store(void* to) const { *static_cast<uint32_t*>(to) = bits; }
};
inline Mask operator&(Mask a, Mask b) { return {a.bits & b.bits}; }
inline Mask operator|(Mask a, Mask b) { return {a.bits | b.bits}; }
inline Mask and_not(Mask a, Mask b) { return {a.bits & ~b.bits}; }
inline bool any(Mask a) { return a.bits != 0; }
inline uint32_t to_bits(Mask a) { return a.bits; }

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
  float v[16];
  V() = default;
  explicit V(float value) {
    for (float& lane : v) lane = value;
  }
  explicit V(double value) : V(static_cast<float>(value)) {}
  static void prefetch(const void*) {}
  static V load(const float* from) { return load_partial(from, 16); }
  void store(float* to) const { store_partial(to, 16); }
  static V load_partial(const float* from, int count) {
    V result(0.0f);
    for (int i = 0; i < count; ++i) result.v[i] = from[i];
    return result;
  }
  void store_partial(float* to, int count) const {
    for (int i = 0; i < count; ++i) to[i] = v[i];
  }
  static V load_half(const uint16_t* from) { return load_half_partial(from, 16); }
  static V load_half_partial(const uint16_t* from, int count) {
    V result(0.0f);
    for (int i = 0; i < count; ++i) result.v[i] = half_to_float(from[i]);
    return result;
  }
};

template <class Operation>
inline V lanewise(V a, V b, Operation operation) {
  for (int i = 0; i < 16; ++i) a.v[i] = operation(a.v[i], b.v[i]);
  return a;
}
template <class Test>
inline Mask compare(V a, V b, Test test) {
  uint32_t bits = 0;
  for (int i = 0; i < 16; ++i) bits |= static_cast<uint32_t>(test(a.v[i], b.v[i])) << i;
  return {bits};
}

inline V operator+(V a, V b) {
  return lanewise(a, b, [](float x, float y) { return x + y; });
}
inline V operator-(V a, V b) {
  return lanewise(a, b, [](float x, float y) { return x - y; });
}
inline V operator*(V a, V b) {
  return lanewise(a, b, [](float x, float y) { return x * y; });
}
inline V operator/(V a, V b) {
  return lanewise(a, b, [](float x, float y) { return x / y; });
}
inline V fma(V a, V b, V c) { return a * b + c; }
inline V negative_fma(V a, V b, V c) { return c - a * b; }
inline V min(V a, V b) {
  return lanewise(a, b, [](float x, float y) { return x < y ? x : y; });
}
inline V max(V a, V b) {
  return lanewise(a, b, [](float x, float y) { return x > y ? x : y; });
}
inline V sqrt(V a) {
  return lanewise(a, a, [](float x, float) { return std::sqrt(x); });
}
inline V abs(V a) {
  return lanewise(a, a, [](float x, float) { return std::fabs(x); });
}
inline V round(V a) {
  return lanewise(a, a, [](float x, float) { return std::nearbyint(x); });
}
inline V ceil(V a) {
  return lanewise(a, a, [](float x, float) { return std::ceil(x); });
}
inline V truncate(V a) {
  return lanewise(a, a, [](float x, float) { return std::trunc(x); });
}
inline Mask operator<(V a, V b) {
  return compare(a, b, [](float x, float y) { return x < y; });
}
inline Mask operator<=(V a, V b) {
  return compare(a, b, [](float x, float y) { return x <= y; });
}
inline Mask operator>(V a, V b) { return b < a; }
inline Mask operator>=(V a, V b) { return b <= a; }
inline V select(Mask m, V a, V b) {
  for (int i = 0; i < 16; ++i) b.v[i] = (m.bits >> i & 1) ? a.v[i] : b.v[i];
  return b;
}
inline V keep(Mask m, V a) { return select(m, a, V(0.0f)); }
inline float sum(V a) {
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) a.v[i] += a.v[i + half];
  return a.v[0];
}
inline V scale_exponent(V a, V power) {
  return lanewise(a, power, [](float x, float p) {
    return std::ldexp(x, static_cast<int>(p < -200.0f ? -200.0f : p > 200.0f ? 200.0f : p));
  });
}
inline V exponent(V a) {
  return lanewise(a, a, [](float x, float) { return x > 0 ? static_cast<float>(std::ilogb(x)) : -127.0f; });
}
inline V mantissa(V a) {
  return lanewise(a, a, [](float x, float) { return x > 0 ? std::scalbn(x, -std::ilogb(x)) : 1.0f; });
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
