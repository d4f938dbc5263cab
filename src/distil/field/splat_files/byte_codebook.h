// Many numbers in a byte each: 256 values that stand for all of them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace retort::field {

/// Rising values; the last is repeated where fewer are needed.
struct ByteCodebook {
  std::array<float, 256> values{};

  /// The place of the nearest value, the lower one of two as near. NaN is taken for 0.
  uint8_t nearest(float number) const;
};

/// The codebook of these numbers with a small squared error (k-means on a line). Up to 256 distinct numbers are kept
/// exactly, and every value is the nearest of some number. What is not finite is left out; without numbers all values
/// are 0.
ByteCodebook fit_byte_codebook(std::vector<float> numbers);

}  // namespace retort::field
