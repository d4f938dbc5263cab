// Agglomerative clusters of rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace retort::metrics {

/// Ward's agglomerative clustering (Ward 1963): starts from single rows [N,D], merges the two clusters whose union adds
/// least to the squared distances from their means until `clusters` are left, in [1, N]. [N] int64, clusters numbered
/// by their first row. Nearest-neighbour chains (Murtagh 1983): O(N^2 D) time, O(N D) memory, in double. Fault for
/// other shapes.
at::Tensor ward_clusters(const at::Tensor& rows, int64_t clusters);

}  // namespace retort::metrics
