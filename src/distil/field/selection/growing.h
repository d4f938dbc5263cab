// From a few splats to the thing they belong to: seeds, likeness over the graph, growth, and a last majority vote.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/thread_pool.h"
#include "distil/field/selection/likeness.h"
#include "distil/field/selection/neighbours.h"

namespace retort::field {

/// The largest group of like splats among those that a region shows.
struct Seeds {
  std::vector<int64_t> splats;
  std::vector<float> weights;  ///< of each, what the region shows of it; > 0
  at::Tensor example;          ///< [C] their weighted mean
};

/// Among splats weighted by what a region shows of them (`inside` [P]) the splat with most weight of its likes, less
/// the share that its likes have of `outside` [P] (a ring about the region; may be undefined), and those likes. Two
/// splats are alike above the threshold that parts the likenesses of all pairs best. Only the few hundred heaviest are
/// looked at. No seeds when nothing has weight.
Seeds find_seeds(const Likeness& likeness, const at::Tensor& inside, const at::Tensor& outside = {});

/// Mean of each splat's value and its neighbours' [P], weighted by `weights` [P] (opacity): features of single splats
/// are noisy, and those of faint ones hardly trained.
at::Tensor smoothed(const at::Tensor& values, const SplatNeighbours& neighbours, const at::Tensor& weights,
                    ThreadPool& pool);

/// Where splats stop to be like the seeds: half-way between the seeds' mean and the mean of the lower of the two groups
/// into which all values part best (Otsu).
double proposed_likeness(const at::Tensor& values, const Seeds& seeds);

/// Everything reached from the seeds over splats with `allowed` [P] bool set. Steps are at most `reach` long; 0: three
/// times the spacing at the sparser of their ends. Seeds that are not allowed start nothing. `most` 0: no limit.
at::Tensor reached(const std::vector<int64_t>& seeds, const at::Tensor& allowed, const SplatGraph& graph, double reach,
                   int64_t most);

/// The set after a vote of neighbours, twice: a splat with most of its neighbours in the set joins, whatever its own
/// feature, if `may_join` [P] bool lets it; one with nearly none leaves.
at::Tensor settled(const at::Tensor& mask, const SplatNeighbours& neighbours, const at::Tensor& may_join,
                   ThreadPool& pool);

}  // namespace retort::field
