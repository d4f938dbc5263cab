// Clusters of rows: pseudo-labels for features.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random.h"
#include "core/thread_pool.h"

namespace retort::metrics {

struct KmeansOptions {
  int64_t clusters = 16;
  int64_t iterations = 25;  ///< at most; ends early when no row changes its cluster
};

struct Kmeans {
  at::Tensor centres;  ///< [K,C] float32
  at::Tensor labels;   ///< [N] int64
  double inertia = 0;  ///< mean squared distance of a row to its centre
};

/// Lloyd's iterations from k-means++ seeds (Arthur and Vassilvitskii 2007) on rows [N,C], float32 contiguous, N >= K. A
/// cluster that loses all its rows keeps its centre. The same rows and stream give the same bits for any thread count.
/// Fault for other shapes.
Kmeans fit_kmeans(const at::Tensor& rows, const KmeansOptions& options, RandomGenerator random, ThreadPool& pool);

/// The nearest centre [K,C] of each row [N,C] by squared distance (ties: the lower index): [N] int64.
at::Tensor nearest_centre(const at::Tensor& rows, const at::Tensor& centres, ThreadPool& pool);

}  // namespace retort::metrics
