// Which splats lie beside which: the graph that selections grow and shrink on.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/thread_pool.h"

namespace retort::field {

struct SplatNeighbours {
  at::Tensor indices;    ///< [P,k] int32, nearest first; fewer than k points: the row's own number repeats
  at::Tensor distances;  ///< [P,k] float32, world units
};

/// The k nearest other means of each splat; means [P,3] float32. Splats where `alive` [P] bool (may be undefined) is
/// false are nobody's neighbour and have none.
SplatNeighbours find_neighbours(const at::Tensor& means, int k, ThreadPool& pool, const at::Tensor& alive = {});

/// The set and everything within `rings` steps of the graph; steps longer than `reach` (world units) are not taken.
at::Tensor grown(const at::Tensor& mask, const SplatNeighbours& neighbours, int rings, double reach);
/// The set without what is within `rings` steps of its outside.
at::Tensor shrunk(const at::Tensor& mask, const SplatNeighbours& neighbours, int rings, double reach);

}  // namespace retort::field
