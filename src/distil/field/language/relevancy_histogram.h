// How relevancies are spread, and where a threshold between "is it" and "is it not" would lie.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>

namespace retort::field {

inline constexpr int relevancy_bins = 64;

/// Equal bins from the lowest to the highest value; the highest falls into the last bin.
struct RelevancyHistogram {
  std::array<int64_t, relevancy_bins> counts = {};
  double low = 0, high = 0;

  /// Where bin i begins; bin_edge(64) == high.
  double bin_edge(int bin) const { return low + (high - low) * bin / relevancy_bins; }

  /// The edge between bins that parts the values into two groups with the largest variance between them (Otsu 1979, on
  /// the 64 bins); in a gap between the groups its middle. `low` when all values are equal.
  double proposed_threshold() const;

  /// Bars for a terminal, a line a pair of bins, their heights on a logarithmic scale; a mark at `threshold`.
  std::string chart(double threshold) const;
};

/// Values of any shape, float; those that are not finite are left out. Without values: all 0.
RelevancyHistogram relevancy_histogram(const at::Tensor& values);

}  // namespace retort::field
