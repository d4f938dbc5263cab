// The numbers of a soft label in 32, 16 or 8 bits each.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/soft_labels/header.h"

namespace retort::data {

/// Bytes of `count` values.
size_t value_bytes(SoftLabelFormat format, int64_t count);

/// Appends finite values. quantised8: the largest and the range as float32, then q = round(255 sqrt(depth / range)) of
/// each value's depth below the largest; the square root makes steps fine where probabilities are large.
void append_values(SoftLabelFormat format, std::span<const float> values, std::string& bytes);

/// Reads values.size() of them from bytes that begin with exactly as many.
void read_values(SoftLabelFormat format, std::span<const uint8_t> bytes, std::span<float> values);

}  // namespace retort::data
