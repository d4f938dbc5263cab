// Element types of arrays in files, and the two 16-bit floating formats.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace retort::io {

enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

/// Bytes an element takes.
size_t size_of(DType dtype);

/// "f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u8", "bool".
const char* name_of(DType dtype);
std::optional<DType> dtype_named(std::string_view name);

bool is_floating(DType dtype);

/// Bytes of an array, or nothing when a dimension is negative, there are more than 64 of them, or the product
/// overflows. No dimensions: one element.
std::optional<uint64_t> byte_count(DType dtype, std::span<const int64_t> shape);

/// IEEE 754 binary16; rounds to nearest even, keeps infinities and NaN.
float half_to_float(uint16_t half);
uint16_t float_to_half(float value);

/// The upper half of a float32; rounds to nearest even, keeps NaN.
float bfloat16_to_float(uint16_t bits);
uint16_t float_to_bfloat16(float value);

}  // namespace retort::io
