// Interleaved colours taken apart, for AVX2; sample.cpp has the plain loop.
#pragma once

#include <cstdint>

namespace retort::data {

constexpr int64_t split_rgb_least = 16;  ///< least number of pixels

/// `from` [pixels, 3] -> three planes [pixels].
void split_rgb_avx2(const uint8_t* from, int64_t pixels, uint8_t* red, uint8_t* green, uint8_t* blue);

}  // namespace retort::data
