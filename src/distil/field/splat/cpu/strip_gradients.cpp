#include "distil/field/splat/cpu/strip_gradients.h"

#include <algorithm>
#include <cstring>

#include "core/errors.h"

namespace retort::splat {

void StripGradients::cut(const std::vector<int64_t>& work_of_row) {
  const int rows = static_cast<int>(work_of_row.size()), strips = std::clamp(rows, 1, most_strips);
  int64_t total = 0, passed = 0;
  for (const int64_t work : work_of_row) total += work + 1;
  first_row_.assign(1, 0);
  strip_of_row_.resize(rows);
  for (int row = 0; row < rows; ++row) {
    const int strip = static_cast<int>(first_row_.size()) - 1;
    // A row opens a new strip once the strips so far have had their share.
    if (row > first_row_.back() && strip + 1 < strips && passed * strips >= total * (strip + 1))
      first_row_.push_back(row);
    strip_of_row_[row] = static_cast<int>(first_row_.size()) - 1;
    passed += work_of_row[row] + 1;
  }
  first_row_.push_back(rows);
}

void StripGradients::begin(float* gradients, int64_t count, int channels, const std::function<Rows(int64_t)>& rows_of) {
  gradients_ = gradients;
  count_ = count;
  channels_ = channels;
  straddles_.resize(count);
  touched_.assign(count, 0);
  int64_t own = 0;
  for (int64_t splat = 0; splat < count; ++splat) {
    straddles_[splat] = {-1, 0, -1};
    const Rows rows = rows_of(splat);
    if (rows.first > rows.last) continue;
    const int first = strip_of_row_[rows.first], last = strip_of_row_[rows.last];
    if (first == last) continue;
    straddles_[splat] = {static_cast<int32_t>(own), static_cast<int16_t>(first), static_cast<int16_t>(last)};
    own += last - first + 1;
  }
  RT_CHECK(own < (int64_t{1} << 31), "{} straddling rows", own);
  own_rows_.ensure(own * channels);
  own_touched_.assign(own, 0);
}

float* StripGradients::row(int strip, int64_t splat, uint8_t& fresh) {
  const Straddle& straddle = straddles_[splat];
  if (straddle.row < 0) {
    fresh = !touched_[splat];
    touched_[splat] = 1;
    return gradients_ + splat * channels_;
  }
  const int64_t own = straddle.row + (strip - straddle.first);
  fresh = !own_touched_[own];
  own_touched_[own] = 1;
  return own_rows_.data() + own * channels_;
}

void StripGradients::finish(ThreadPool& pool) {
  pool.parallel_for(count_, 256, [&](int64_t begin, int64_t end) {
    for (int64_t splat = begin; splat < end; ++splat) {
      float* to = gradients_ + splat * channels_;
      const Straddle& straddle = straddles_[splat];
      bool written = touched_[splat] != 0;
      for (int strip = straddle.first; straddle.row >= 0 && strip <= straddle.last; ++strip) {
        const int64_t own = straddle.row + (strip - straddle.first);
        if (!own_touched_[own]) continue;
        const float* from = own_rows_.data() + own * channels_;
        for (int channel = 0; channel < channels_; ++channel)
          to[channel] = written ? to[channel] + from[channel] : from[channel];
        written = true;
      }
      if (!written) std::memset(to, 0, static_cast<size_t>(channels_) * sizeof(float));
    }
  });
}

}  // namespace retort::splat
