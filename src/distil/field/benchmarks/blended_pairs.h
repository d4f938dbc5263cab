// How much blending a scene asks for: the unit in which floors of feature products are counted.
#pragma once

#include <vector>

#include "core/thread_pool.h"
#include "distil/field/scene/scene.h"
#include "distil/field/splat/parameters.h"

namespace retort::field {

/// Means a view over a few training views.
struct BlendedPairs {
  double pixels = 0;  ///< pairs of (pixel, splat) with a weight above 0
  double cells = 0;   ///< pairs of (cell of the map that is `shrink` times smaller each way, splat)
};

/// Up to five training views, evenly spaced: those that pairs are counted in.
std::vector<int> sampled_training_views(const Scene& scene);

BlendedPairs count_blended_pairs(const Scene& scene, const splat::SplatParameters& splats, int shrink,
                                 ThreadPool& pool);

}  // namespace retort::field
