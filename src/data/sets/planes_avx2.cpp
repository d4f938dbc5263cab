#include "data/sets/planes_avx2.h"

#include <immintrin.h>

// No standard header here: what is inline in them would be compiled for AVX2 and might be linked into portable code.
namespace retort::data {
namespace {

// For byte i of the plane of `channel`: its place in vector number `part` of three, or -1 where it lies in another.
struct SplitPattern {
  alignas(16) int8_t places[16];
  constexpr SplitPattern(int channel, int part) : places{} {
    for (int i = 0; i < 16; ++i) {
      const int place = 3 * i + channel - 16 * part;
      places[i] = int8_t(place >= 0 && place < 16 ? place : -1);
    }
  }
};

constexpr SplitPattern split_patterns[3][3] = {
    {{0, 0}, {0, 1}, {0, 2}}, {{1, 0}, {1, 1}, {1, 2}}, {{2, 0}, {2, 1}, {2, 2}}};

__m128i picked(__m128i bytes, int channel, int part) {
  return _mm_shuffle_epi8(bytes,
                          _mm_load_si128(reinterpret_cast<const __m128i*>(split_patterns[channel][part].places)));
}

}  // namespace

void split_rgb_avx2(const uint8_t* from, int64_t pixels, uint8_t* red, uint8_t* green, uint8_t* blue) {
  uint8_t* const planes[] = {red, green, blue};
  for (int64_t i = 0; i < pixels; i += split_rgb_least) {
    const int64_t at = i + split_rgb_least <= pixels ? i : pixels - split_rgb_least;  // the last may overlap
    const auto* vectors = reinterpret_cast<const __m128i*>(from + 3 * at);
    const __m128i a = _mm_loadu_si128(vectors), b = _mm_loadu_si128(vectors + 1), c = _mm_loadu_si128(vectors + 2);
    for (int channel = 0; channel < 3; ++channel) {
      const __m128i plane =
          _mm_or_si128(_mm_or_si128(picked(a, channel, 0), picked(b, channel, 1)), picked(c, channel, 2));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(planes[channel] + at), plane);
    }
  }
}

}  // namespace retort::data
