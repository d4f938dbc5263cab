// Which Gaussians are cloned, split and pruned: the decision, without any change of state.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace retort::splat {

struct DensifyThresholds {
  double grad_threshold = 2e-4;  ///< mean norm of the NDC position gradient
  double min_opacity = 0.005;
  double extent = 1;            ///< radius of the scene (field::scene_extent)
  double percent_dense = 0.01;  ///< splats larger than this share of the extent are split, others cloned
  int64_t max_screen_size = 0;  ///< pixels; 0 = no pruning by size
};

/// What the decision looks at, for P splats.
template <class Real>
struct DensifyEvidence {
  const Real* gradient_accum = nullptr;  ///< [P] summed norms of the NDC position gradient
  const int64_t* count = nullptr;        ///< [P] views summed over
  const Real* log_scales = nullptr;      ///< [P,3]
  const Real* opacity_logits = nullptr;  ///< [P]
  int64_t splats = 0;                    ///< P
};

struct DensifyDecision {
  std::vector<uint8_t> clone, split;  ///< [P]
  /// Rows after densification: originals that were not split, in order; then clones; then a first copy of every split
  /// one, then a second copy of each.
  std::vector<int64_t> source;  ///< [P2] the original of each row
  std::vector<uint8_t> prune;   ///< [P2]
  int64_t first_clone_row = 0;  ///< rows from here on are new
  int64_t first_split_row = 0;  ///< rows from here on are copies of split splats
};

/// log(1.6): a copy's log scale is the original's minus this.
double split_log_shrinkage();

/// Feature 3DGS, scene/gaussian_model.py densify_and_prune, densify_and_clone, densify_and_split. A count of 0 gives
/// gradient 0. The authors reset the largest screen radii before they look at them, so pruning by screen size never
/// happens; max_screen_size only switches on the test of size in the world (largest scale > 0.1 extent).
template <class Real>
DensifyDecision densify_decision(const DensifyEvidence<Real>& evidence, const DensifyThresholds& thresholds);

/// The same, but with at most `max_splats` rows left after pruning, unless more than that were there before (0 = no
/// limit). Splats are cloned and split in the order of falling gradient (ties: smaller index first) as long as the rows
/// they add fit.
template <class Real>
DensifyDecision densify_decision(const DensifyEvidence<Real>& evidence, const DensifyThresholds& thresholds,
                                 int64_t max_splats);

}  // namespace retort::splat
