// Which splats lie beside which: the graph that selections grow and shrink on.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/thread_pool.h"

namespace retort::field {

struct SplatNeighbours {
  at::Tensor indices;    ///< [P,k] int32, nearest first; fewer than k points: the row's own number repeats
  at::Tensor distances;  ///< [P,k] float32, world units; 0 where the own number stands
};

/// The k nearest other means of each splat; means [P,3] float32. Splats where `alive` [P] bool (may be undefined) is
/// false, or whose mean is not finite, are nobody's neighbour and have none.
SplatNeighbours find_neighbours(const at::Tensor& means, int k, ThreadPool& pool, const at::Tensor& alive = {});

/// The set and everything within `rings` steps of the graph, an edge being walked both ways; steps longer than `reach`
/// (world units) are not taken, 0: steps of any length.
at::Tensor grown(const at::Tensor& mask, const SplatNeighbours& neighbours, int rings, double reach = 0);
/// The set without what is within `rings` steps of its outside.
at::Tensor shrunk(const at::Tensor& mask, const SplatNeighbours& neighbours, int rings, double reach = 0);

/// The same edges both ways, as lists: edges of splat i are [offsets[i], offsets[i + 1]).
struct SplatGraph {
  std::vector<int64_t> offsets;  ///< [P + 1]
  std::vector<int32_t> targets;
  std::vector<float> lengths;  ///< world units
  std::vector<float> spacing;  ///< [P] median distance of a splat to its neighbours: how dense it is there
};
SplatGraph graph_of(const SplatNeighbours& neighbours);

}  // namespace retort::field
