// From a few splats to the thing they belong to: seeds, growth over the graph, and the border against what is around.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "distil/field/selection/likeness.h"
#include "distil/field/selection/neighbours.h"

namespace retort::field {

/// A field as growth sees it.
struct GrowthField {
  const Likeness& likeness;
  const SplatNeighbours& neighbours;
  const SplatGraph& graph;
  const at::Tensor& opacity;  ///< [P] in [0,1]; 0 for dead splats
};

using SplatTest = std::function<bool(int64_t)>;

/// The largest group of like splats among those that a region shows.
struct Seeds {
  std::vector<int64_t> splats;
  std::vector<float> weights;  ///< of each, what the region shows of it; > 0
  at::Tensor example;          ///< [C] their weighted mean
};

/// A splat and what a region shows of it.
struct WeightedSplat {
  float weight = 0;
  int64_t splat = 0;
};

/// Those with weight of all [P] float32.
std::vector<WeightedSplat> weighted_splats(const at::Tensor& weights);

/// Among splats weighted by what a region shows of them (`inside`) the splat with most weight of its likes, less the
/// share that its likes have of `outside` (a ring about the region; may be empty), and those likes. Compared are
/// splats together with their neighbours; two are alike above the threshold that parts the likenesses of all pairs
/// best, and never below 0.5. Only the few hundred heaviest are looked at. No seeds when nothing has weight.
Seeds find_seeds(const GrowthField& field, std::vector<WeightedSplat> inside, std::vector<WeightedSplat> outside = {});

/// Where splats stop to be like the seeds: half-way between the seeds' mean and the mean of the lower of the two groups
/// into which the values of some splats, `sample`, part best (Otsu).
double proposed_likeness(const at::Tensor& sample, const SmoothedValues& values, const Seeds& seeds);

/// Everything reached from the seeds over splats that are allowed (each is asked about once), in the order in which it
/// was reached. Steps are at most `reach` long; 0: three times the spacing at the sparser of their ends. Seeds that
/// are not allowed start nothing. `most` 0: no limit.
std::vector<int64_t> reached(const std::vector<int64_t>& seeds, const SplatTest& allowed, const SplatGraph& graph,
                             double reach, int64_t most);

/// The set with its border judged anew: splats within two steps of the border, on both sides, belong to it when they,
/// half by themselves and half with their neighbours, are by 0.04 more like the set than like any of the (at most four)
/// groups of splats around it. Splats that are not `open` do not join. The set itself where nothing else is around.
std::vector<int64_t> parted(const std::vector<int64_t>& set, const GrowthField& field, const SplatTest& open);

/// The set after a vote of neighbours, twice: a splat with most of its neighbours in the set joins, whatever its own
/// colour, if it is `open`; one with nearly none leaves. For fields without features.
std::vector<int64_t> settled(const std::vector<int64_t>& set, const GrowthField& field, const SplatTest& open);

/// The set and those splats within two steps of it whose own feature has a likeness of 0.25 or more to the set's mean:
/// the faint and mixed ones at its border, which nobody notices before the set itself is gone.
at::Tensor with_fringe(const at::Tensor& mask, const GrowthField& field);

}  // namespace retort::field
