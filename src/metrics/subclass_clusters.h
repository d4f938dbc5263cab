// Clusters of a teacher's embeddings within each class: what LELP's splits are compared with.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random.h"

namespace retort::metrics {

enum class ClusterKind { kmeans, agglomerative };

/// Means of `subclasses` clusters of each class's embeddings: rows [N,D], labels int64 [N] in [0, classes) -> [C,S,D]
/// float32. k-means (fit_kmeans, a stream of its own for each class) or Ward's (ward_clusters; of a class of more than
/// 4,096 samples that many, evenly spaced, are clustered). Clusters that a class has not samples enough for lie at
/// infinity, so that nothing is nearest to them.
at::Tensor subclass_centres(const at::Tensor& rows, const at::Tensor& labels, int64_t classes, int64_t subclasses,
                            ClusterKind kind, RandomTree random);

/// For each row [B,D] and class the nearest of its centres [C,S,D] by squared distance (ties: the lower index), one-hot
/// [B,C,S]. A class without any centre has the first.
at::Tensor nearest_subclasses(const at::Tensor& rows, const at::Tensor& centres);

}  // namespace retort::metrics
