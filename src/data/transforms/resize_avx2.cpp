#include "data/transforms/resize_avx2.h"

#include <immintrin.h>

// No standard header here: what is inline in them would be compiled for AVX2 and might be linked into portable code.
namespace retort::data {
namespace {

constexpr int fraction_bits = 22;

// Sums of both parts of the weights -> pixels as 32-bit integers, not clamped yet.
__m256i rounded_sums(__m256i high, __m256i low) {
  const __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, split_weight_bits), low);
  return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (fraction_bits - 1))), fraction_bits);
}

// Partial sums of output `i`: four of the first row in the lower half, four of the second in the upper.
__m256i partial_sums(const uint8_t* first, const uint8_t* second, const ResizeTaps& taps, int i) {
  const int16_t* high = taps.high + int64_t(i) * taps.taps;
  const int16_t* low = taps.low + int64_t(i) * taps.taps;
  first += taps.begins[i];
  second += taps.begins[i];
  __m256i sum_high = _mm256_setzero_si256(), sum_low = sum_high;
  for (int k = 0; k < taps.taps; k += resize_vector_taps) {
    const __m128i bytes = _mm_unpacklo_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(first + k)),
                                             _mm_loadl_epi64(reinterpret_cast<const __m128i*>(second + k)));
    const __m256i pixels = _mm256_cvtepu8_epi16(bytes);
    const __m256i weights_high =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(high + k)));
    const __m256i weights_low = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(low + k)));
    sum_high = _mm256_add_epi32(sum_high, _mm256_madd_epi16(pixels, weights_high));
    sum_low = _mm256_add_epi32(sum_low, _mm256_madd_epi16(pixels, weights_low));
  }
  return _mm256_add_epi32(_mm256_slli_epi32(sum_high, split_weight_bits), sum_low);
}

// Sixteen columns from `from` on.
void blend_columns(const uint8_t* from, int width, int count, const int16_t* high, const int16_t* low, uint8_t* to) {
  __m256i left_high = _mm256_setzero_si256(), left_low = left_high, right_high = left_high, right_low = left_high;
  for (int k = 0; k < count; k += 2) {
    const uint8_t* row = from + int64_t(k) * width;
    const uint8_t* next = k + 1 < count ? row + width : row;  // times zero where there is none
    const __m128i upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row));
    const __m128i lower = _mm_loadu_si128(reinterpret_cast<const __m128i*>(next));
    const __m256i left = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(upper, lower));
    const __m256i right = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(upper, lower));
    const auto pair = [](const int16_t* weights) {
      return _mm256_set1_epi32(int32_t(uint16_t(weights[0])) | int32_t(uint32_t(uint16_t(weights[1])) << 16));
    };
    const __m256i weights_high = pair(high + k), weights_low = pair(low + k);
    left_high = _mm256_add_epi32(left_high, _mm256_madd_epi16(left, weights_high));
    left_low = _mm256_add_epi32(left_low, _mm256_madd_epi16(left, weights_low));
    right_high = _mm256_add_epi32(right_high, _mm256_madd_epi16(right, weights_high));
    right_low = _mm256_add_epi32(right_low, _mm256_madd_epi16(right, weights_low));
  }
  const __m256i words = _mm256_permute4x64_epi64(
      _mm256_packs_epi32(rounded_sums(left_high, left_low), rounded_sums(right_high, right_low)), 0xD8);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}

}  // namespace

void resize_two_rows_avx2(const uint8_t* first, const uint8_t* second, const ResizeTaps& taps, uint8_t* to_first,
                          uint8_t* to_second) {
  // Four outputs at a time; the last four may overlap those before. Fewer than four: each alone, four times.
  for (int i = 0; i < taps.outputs; i += 4) {
    const bool narrow = taps.outputs < 4;
    const int at = narrow || i + 4 <= taps.outputs ? i : taps.outputs - 4;
    const int step = narrow ? 0 : 1;
    const __m256i a = partial_sums(first, second, taps, at), b = partial_sums(first, second, taps, at + step);
    const __m256i c = partial_sums(first, second, taps, at + 2 * step);
    const __m256i d = partial_sums(first, second, taps, at + 3 * step);
    const __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    const __m256i pixels = rounded_sums(_mm256_setzero_si256(), sums);
    const __m256i words = _mm256_packs_epi32(pixels, pixels);
    const __m256i bytes = _mm256_packus_epi16(words, words);
    const int32_t four = _mm256_cvtsi256_si32(bytes), other_four = _mm256_extract_epi32(bytes, 4);
    const int stored = narrow ? 1 : 4;
    __builtin_memcpy(to_first + at, &four, static_cast<unsigned>(stored));
    __builtin_memcpy(to_second + at, &other_four, static_cast<unsigned>(stored));
    if (narrow) i -= 3;
  }
}

void blend_rows_avx2(const uint8_t* from, int width, int count, const int16_t* high, const int16_t* low, uint8_t* to) {
  for (int x = 0; x < width; x += resize_vector_columns) {
    const int at = x + resize_vector_columns <= width ? x : width - resize_vector_columns;
    blend_columns(from + at, width, count, high, low, to + at);
  }
}

}  // namespace retort::data
