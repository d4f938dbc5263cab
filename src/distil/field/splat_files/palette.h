// A palette: few rows that stand for many.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace retort::field {

struct Palette {
  int64_t width = 0;             ///< numbers a row, W
  std::vector<float> entries;    ///< [K,W]
  std::vector<uint32_t> labels;  ///< [P]: which entry a row is seen as, each in [0, K); every entry is named

  int64_t size() const { return width > 0 ? static_cast<int64_t>(entries.size()) / width : 0; }
};

/// At most `most` (>= 1) entries for `rows` [P,W] of finite numbers with a small squared error: cells are halved where
/// the error is largest (as median cut does with colours), then a few rounds of k-means run within neighbouring cells.
/// Work grows with P, not with P times K. Up to `most` distinct rows are kept exactly. The same rows give the same
/// palette, on any number of threads.
Palette fit_palette(std::span<const float> rows, int64_t width, int64_t most);

}  // namespace retort::field
