// Splats as samples of a Markov chain: dead ones move to where opacity is, and all of them jitter.
// Source: Kheradmand et al., 3D Gaussian Splatting as Markov Chain Monte Carlo, NeurIPS 2024 (equations 8 to 10);
// constants held to ubc-vision/3dgs-mcmc @7b4fc9f.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random.h"
#include "core/thread_pool.h"
#include "distil/field/splat/parameters.h"
#include "train/adam_state.h"

namespace retort::splat {

/// Most copies that one splat is taken for, as the authors clamp it; the binomial sums lose their digits beyond.
constexpr int64_t most_copies = 50;

struct Relocated {
  double opacity = 0;       ///< of each copy
  double scale_factor = 1;  ///< each copy's scale over the original's
};

/// What each of `copies` splats at one place must be, so that all of them blended let as much light through in the
/// middle as the one did, (1 - o')^N = 1 - o, and their blended opacity has the same integral along a line through it.
/// opacity in (0, 1), copies 1..most_copies (Fault otherwise).
Relocated relocated_splat(double opacity, int64_t copies);

/// Share of splats to add now so that in `rounds_left` rounds, this one included (at least 1), `splats` grow to
/// `max_splats`; never less than `least`, and 0 when that is 0. In runs of the authors' length `least` decides.
double growth_towards(int64_t splats, int64_t max_splats, int64_t rounds_left, double least);

struct McmcSettings {
  double min_opacity = 0.005;  ///< splats up to here are dead
  double growth = 0.05;        ///< share of splats added
  int64_t max_splats = 0;      ///< cap
};

struct McmcChange {
  int64_t relocated = 0, added = 0;
};

/// Moves dead splats onto living ones drawn by opacity, then adds splats likewise (at most up to the cap). Adam's
/// moments of all splats concerned (sources, moved and new ones) become zero; the others keep theirs. The caller leaves
/// out Adam's step of this iteration. Nothing happens when no splat is alive.
McmcChange relocate_and_grow(SplatParameters& parameters, train::AdamState& adam, RandomGenerator random,
                             const McmcSettings& settings);

/// means += covariance * normal * strength * sigmoid(-100 (opacity - 0.005)): splats that show stay where they are.
/// The same bits for any number of threads.
void add_position_noise(SplatParameters& parameters, double strength, const RandomTree& random, ThreadPool& pool);

/// Adds the gradients of opacity_weight * mean(opacity) + scale_weight * mean(scale) to those of the logits and logs.
void add_regulariser_gradients(const SplatParameters& parameters, double opacity_weight, double scale_weight,
                               SplatParameters& gradients);

}  // namespace retort::splat
