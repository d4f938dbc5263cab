// First values of a field, from a point cloud.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/thread_pool.h"
#include "distil/field/splat/parameters.h"

namespace retort::splat {

/// Mean of the squared distances to the 3 nearest other points, exact; points [P,3], P >= 4 -> [P] of the same dtype.
/// A point is left out of its own neighbours by index, so duplicates of it count with distance 0. Definition of
/// simple-knn distCUDA2. UserError for fewer than 4 points or one that is not
/// finite.
at::Tensor knn_mean_squared_distance(const at::Tensor& points, ThreadPool& pool);

struct InitialiseOptions {
  int64_t feature_dim = 0;  ///< N, channels per splat; they begin at 0
  double opacity = 0.1;     ///< in (0, 1)
  double min_squared_scale = 1e-7;
  double scale_factor = 1;    ///< times the root of the mean squared distance
  bool morton_order = false;  ///< sort the rows along a Morton curve (the kernels then touch memory in order)
};

/// points [P,3] world, colours [P,3] in [0, 1], both float32 -> one Gaussian a point: its scale is the root of
/// knn_mean_squared_distance() on all axes, its colour constant over directions (Feature 3DGS, scene/gaussian_model.py
/// create_from_pcd). UserError for fewer than 4 points.
SplatParameters initialise_splats(const at::Tensor& points, const at::Tensor& colours, const InitialiseOptions& options,
                                  ThreadPool& pool);

}  // namespace retort::splat
