#include "io/dtype.h"

#include <array>
#include <bit>
#include <cmath>

namespace retort::io {
namespace {

struct DTypeFacts {
  DType dtype;
  const char* name;
  size_t size;
};

// In the order of the enumeration.
constexpr std::array<DTypeFacts, 10> dtype_facts = {{{DType::f64, "f64", 8},
                                                     {DType::f32, "f32", 4},
                                                     {DType::f16, "f16", 2},
                                                     {DType::bf16, "bf16", 2},
                                                     {DType::i64, "i64", 8},
                                                     {DType::i32, "i32", 4},
                                                     {DType::i16, "i16", 2},
                                                     {DType::i8, "i8", 1},
                                                     {DType::u8, "u8", 1},
                                                     {DType::boolean, "bool", 1}}};

constexpr size_t max_dimensions = 64;

}  // namespace

size_t size_of(DType dtype) { return dtype_facts[static_cast<size_t>(dtype)].size; }

const char* name_of(DType dtype) { return dtype_facts[static_cast<size_t>(dtype)].name; }

std::optional<DType> dtype_named(std::string_view name) {
  for (const auto& facts : dtype_facts) {
    if (name == facts.name) return facts.dtype;
  }
  return std::nullopt;
}

bool is_floating(DType dtype) {
  return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

std::optional<uint64_t> byte_count(DType dtype, std::span<const int64_t> shape) {
  if (shape.size() > max_dimensions) return std::nullopt;
  uint64_t bytes = size_of(dtype);
  bool empty = false;
  for (const int64_t length : shape) {
    if (length < 0) return std::nullopt;
    // A zero does not excuse the other lengths: their product is used for strides, and counts are int64 elsewhere.
    if (length == 0) {
      empty = true;
      continue;
    }
    if (bytes > static_cast<uint64_t>(INT64_MAX) / static_cast<uint64_t>(length)) return std::nullopt;
    bytes *= static_cast<uint64_t>(length);
  }
  return empty ? 0 : bytes;
}

float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fu;
  const uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -magnitude : magnitude;
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // 65520 and above round to infinity
  if (magnitude < 0x38800000u) {
    // Subnormal: adding 0.5 aligns the mantissa so that the hardware rounds at the right bit.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  const uint32_t odd = (magnitude >> 13) & 1u;
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000u + 0xfffu + odd) >> 13));
}

float bfloat16_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

uint16_t float_to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace retort::io
