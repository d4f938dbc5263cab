// The inner loops of a resize for AVX2; resize_passes.cpp holds the plain ones and prepares the weights.
#pragma once

#include <cstdint>

namespace retort::data {

constexpr int split_weight_bits = 11;      ///< a weight is high * 2^11 + low
constexpr int resize_vector_taps = 8;      ///< taps of a row come in multiples of this
constexpr int resize_vector_columns = 16;  ///< least width of blend_rows_avx2()

/// Weights of one axis: output i is made of pixels begins[i] ... begins[i] + taps - 1, all inside the row.
struct ResizeTaps {
  const int32_t* begins = nullptr;  ///< [outputs]
  const int16_t* high = nullptr;    ///< [outputs, taps]
  const int16_t* low = nullptr;     ///< [outputs, taps]
  int outputs = 0, taps = 0;
};

/// Two rows, which may be the same, resampled alike to taps.outputs pixels each.
void resize_two_rows_avx2(const uint8_t* first, const uint8_t* second, const ResizeTaps& taps, uint8_t* to_first,
                          uint8_t* to_second);

/// `to` [width] is the weighted sum of `count` rows that lie one below the other from `from` on. `high` and `low` have
/// a zero behind their `count` weights.
void blend_rows_avx2(const uint8_t* from, int width, int count, const int16_t* high, const int16_t* low, uint8_t* to);

}  // namespace retort::data
