// Adaptive density: where the position gradient is large, splats are added; where opacity is low, they go.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/thread_pool.h"
#include "distil/field/splat/densify.h"
#include "distil/field/splat/parameters.h"
#include "train/adam_state.h"

namespace retort::splat {

struct DensityControlOptions {
  DensifyThresholds thresholds;
  /// Most splats after densify_and_prune; 0 = no limit. Pruning comes first; what room is left goes to the clones and
  /// splits with the largest mean gradients (ties: the smaller index). A clone and a split each add one splat. Rows
  /// that were there before are never given up for new ones.
  int64_t max_splats = 0;
  bool morton_order = true;  ///< sort all rows along a Morton curve of their positions when rows change
};

struct DensityChange {
  int64_t cloned = 0, split = 0, pruned = 0;
};

/// Accumulates evidence over the steps and rebuilds parameters and optimiser together.
///
/// As in the authors' loop, the Adam step of the very iteration in which tensors were replaced must be left out by the
/// caller: for all groups after densify_and_prune(), for opacity_logits after reset_opacity() (their fresh tensors have
/// no gradient there).
class DensityController {
 public:
  /// The pool must outlive the controller.
  DensityController(int64_t splats, ThreadPool& pool);

  /// After each backward pass: NDC gradients of the projected means [P,2] and screen radii [P] (0 = not visible, then
  /// the splat is left alone).
  void accumulate(std::span<const float> ndc_gradient, std::span<const int32_t> radii);

  /// Clones, splits, prunes (densify_decision). Adam moments are looked up by the parameters' names; survivors keep
  /// theirs, new rows get zeros, step counts stay. Positions of split copies are drawn from `random`. Accumulators
  /// start anew. Moments of other names are not touched.
  DensityChange densify_and_prune(SplatParameters& parameters, train::AdamState& adam, RandomGenerator random,
                                  const DensityControlOptions& options);

  /// Accumulators as named tensors, and back (for checkpoints). UserError when sizes don't fit `splats`.
  void save(const std::string& prefix, std::map<std::string, at::Tensor>& tensors) const;
  void load(const std::map<std::string, at::Tensor>& tensors, const std::string& prefix, int64_t splats,
            const std::string& source);

  /// Forgets all evidence; from now on there are `splats`.
  void reset(int64_t splats);

  std::span<const int32_t> max_radii() const { return max_radii_; }

 private:
  ThreadPool& pool_;
  std::vector<float> gradient_accum_;  ///< [P]
  std::vector<int64_t> count_;         ///< [P]
  std::vector<int32_t> max_radii_;     ///< [P] pixels
};

/// opacity <- min(opacity, 0.01), its moments zeroed (Feature 3DGS, scene/gaussian_model.py reset_opacity).
void reset_opacity(SplatParameters& parameters, train::AdamState& adam, double highest_opacity = 0.01);

}  // namespace retort::splat
