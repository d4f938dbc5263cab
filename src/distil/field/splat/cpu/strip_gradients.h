// Value gradients summed by several workers with the same bits for any number of them: the image is cut into a fixed
// number of strips; a splat inside one strip is added to directly, one that straddles strips has a row of its own in
// each, and these are merged in the strips' order.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/thread_pool.h"
#include "distil/field/splat/cpu/buffer.h"

namespace retort::splat {

class StripGradients {
 public:
  static constexpr int most_strips = 8;

  /// Cuts rows (of tiles or blocks) with the given amounts of work into at most most_strips strips of like work.
  void cut(const std::vector<int64_t>& work_of_row);
  int strips() const { return static_cast<int>(first_row_.size()) - 1; }
  int first_row(int strip) const { return first_row_[strip]; }

  /// Starts a sum into `gradients` [count, channels]. `rows_of` gives a splat's first and last row (first > last:
  /// none).
  struct Rows {
    int first, last;
  };
  void begin(float* gradients, int64_t count, int channels, const std::function<Rows(int64_t)>& rows_of);

  /// Where strip `strip` adds the gradient of `splat`; `fresh` is set to 1 when nothing has been written there yet, and
  /// the caller is then bound to overwrite all channels. Different strips may call at the same time.
  float* row(int strip, int64_t splat, uint8_t& fresh);

  /// Merges straddlers and zeroes the rows that nobody touched.
  void finish(ThreadPool& pool);

 private:
  std::vector<int> first_row_;  ///< [strips + 1]
  std::vector<int> strip_of_row_;
  float* gradients_ = nullptr;
  int64_t count_ = 0;
  int channels_ = 0;
  struct Straddle {
    int32_t row;          ///< first own row, -1 = inside one strip
    int16_t first, last;  ///< strips
  };
  std::vector<Straddle> straddles_;
  Buffer<float> own_rows_;
  std::vector<uint8_t> touched_, own_touched_;
};

}  // namespace retort::splat
