#include "data/transforms/resize_passes.h"

#include <algorithm>

#include "data/transforms/resize_avx2.h"

namespace retort::data {
namespace {

uint8_t rounded_pixel(int32_t sum) { return uint8_t(std::clamp(sum >> AxisWeights::fraction_bits, 0, 255)); }

constexpr int32_t half_pixel = 1 << (AxisWeights::fraction_bits - 1);

void resize_columns_plainly(const Picture& picture, const AxisWeights& axis, Picture& narrow) {
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 0; y < narrow.height; ++y) {
      const uint8_t* from = picture.row(c, y);
      uint8_t* to = narrow.row(c, y);
      for (int x = 0; x < narrow.width; ++x) {
        const auto [begin, count] = axis.reaches[size_t(x)];
        const int32_t* weights = axis.weights_of(x);
        int32_t sum = half_pixel;
        for (int k = 0; k < count; ++k) sum += from[begin + k] * weights[k];
        to[x] = rounded_pixel(sum);
      }
    }
  }
}

void resize_rows_plainly(const Picture& picture, const AxisWeights& axis, Picture& result) {
  std::vector<int32_t> sums(static_cast<size_t>(picture.width));
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 0; y < result.height; ++y) {
      const auto [begin, count] = axis.reaches[size_t(y)];
      const int32_t* weights = axis.weights_of(y);
      std::fill(sums.begin(), sums.end(), half_pixel);
      for (int k = 0; k < count; ++k) {
        const uint8_t* from = picture.row(c, begin + k);
        for (int x = 0; x < picture.width; ++x) sums[size_t(x)] += from[x] * weights[k];
      }
      uint8_t* to = result.row(c, y);
      for (int x = 0; x < picture.width; ++x) to[x] = rounded_pixel(sums[size_t(x)]);
    }
  }
}

// Multiplications of 16 bits are twice as many an instruction as those of 32, so a weight goes in two parts:
// high * 2^split_weight_bits + low.
int16_t high_part(int32_t weight) { return int16_t(weight >> split_weight_bits); }
int16_t low_part(int32_t weight) { return int16_t(weight & ((1 << split_weight_bits) - 1)); }

// Weights in whole vectors that stay inside the row: where one would reach over its end, it begins earlier, with zeros
// in front.
class VectorTaps {
 public:
  static int rounded_up(int taps) { return (taps + resize_vector_taps - 1) / resize_vector_taps * resize_vector_taps; }

  VectorTaps(const AxisWeights& axis, int width) {
    const int taps = rounded_up(axis.widest);
    begins_.resize(axis.reaches.size());
    high_.assign(axis.reaches.size() * size_t(taps), 0);
    low_ = high_;
    for (int i = 0; i < axis.outputs(); ++i) {
      const auto [begin, count] = axis.reaches[size_t(i)];
      const int first = std::min(begin, width - taps);
      begins_[size_t(i)] = first;
      for (int k = 0; k < count; ++k) {
        const size_t place = size_t(i) * size_t(taps) + size_t(begin - first + k);
        high_[place] = high_part(axis.weights_of(i)[k]);
        low_[place] = low_part(axis.weights_of(i)[k]);
      }
    }
    view_ = {begins_.data(), high_.data(), low_.data(), axis.outputs(), taps};
  }
  VectorTaps(const VectorTaps&) = delete;
  VectorTaps& operator=(const VectorTaps&) = delete;

  const ResizeTaps& view() const { return view_; }

 private:
  std::vector<int32_t> begins_;
  std::vector<int16_t> high_, low_;
  ResizeTaps view_ = {};
};

bool has_avx2(Isa isa) { return resolve_isa(isa) >= Isa::avx2; }

}  // namespace

Picture resize_columns(const Picture& picture, const AxisWeights& axis, Isa isa) {
  Picture narrow = make_picture(picture.channels, picture.height, axis.outputs());
  if (!has_avx2(isa) || picture.width < VectorTaps::rounded_up(axis.widest)) {
    resize_columns_plainly(picture, axis, narrow);
    return narrow;
  }
  const VectorTaps taps(axis, picture.width);
  // Channels lie one below the other: one tall plane, two rows at a time; an odd last row goes with itself.
  const int rows = picture.channels * picture.height;
  for (int y = 0; y < rows; y += 2) {
    const int other = std::min(y + 1, rows - 1);
    resize_two_rows_avx2(picture.row(0, y), picture.row(0, other), taps.view(), narrow.row(0, y), narrow.row(0, other));
  }
  return narrow;
}

Picture resize_rows(const Picture& picture, const AxisWeights& axis, Isa isa) {
  Picture result = make_picture(picture.channels, axis.outputs(), picture.width);
  if (!has_avx2(isa) || picture.width < resize_vector_columns) {
    resize_rows_plainly(picture, axis, result);
    return result;
  }
  std::vector<int16_t> high(size_t(axis.widest) + 1), low(high.size());
  for (int y = 0; y < result.height; ++y) {
    const auto [begin, count] = axis.reaches[size_t(y)];
    for (int k = 0; k < count; ++k) {
      high[size_t(k)] = high_part(axis.weights_of(y)[k]);
      low[size_t(k)] = low_part(axis.weights_of(y)[k]);
    }
    high[size_t(count)] = low[size_t(count)] = 0;
    for (int c = 0; c < picture.channels; ++c) {
      blend_rows_avx2(picture.row(c, begin), picture.width, count, high.data(), low.data(), result.row(c, y));
    }
  }
  return result;
}

}  // namespace retort::data
