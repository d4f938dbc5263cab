// Regions drawn in several views vote on splats: how much of what the views show of a splat lies inside of them.
//
// A view's vote is what the renderer blends: alpha times what passes in front, summed over pixels. So a splat that is
// hidden in a view has no say there, and one that is shown larger has more.
#pragma once

#include <ATen/core/Tensor.h>

#include "distil/field/camera/camera.h"

namespace retort::field {

struct Votes {
  at::Tensor inside;  ///< [P] float32: sum over the region's pixels of the splat's blending weight
  at::Tensor whole;   ///< [P] the same over all pixels of the view
};

/// Pixels of a splat's weight from which views count as showing it.
constexpr double seen_weight = 0.05;

struct VoteOptions {
  double share = 0.5;               ///< least part of a splat's weight that must fall inside, in (0, 1]
  double least_seen = seen_weight;  ///< pixels of weight over all views, more of which give a verdict; >= 0

  /// UserError for values out of these ranges.
  void check() const;
};

/// Sums views of one field up: `sum` begins empty, that is with tensors that are undefined.
void add_votes(Votes& sum, const Votes& view);

/// [P] in [0,1]: sum of what lies inside over the sum of what is seen; 0 for splats that are not seen at all.
at::Tensor vote_shares(const Votes& votes);

/// Splats that are in neither set are hardly seen, and nothing is known of them.
struct Verdict {
  at::Tensor held;     ///< [P] bool: seen, and the share inside is reached
  at::Tensor outside;  ///< [P] bool: seen, and it is not
};
Verdict verdict_of(const Votes& votes, const VoteOptions& options);

/// What is drawn in one view, as the pixels that it covers.
struct Ballot {
  Camera camera;
  at::Tensor region;  ///< [H,W] bool of the camera's size
};

/// What came of a vote.
struct Voted {
  Votes votes;          ///< summed over the views
  at::Tensor selected;  ///< [P] bool: held
  at::Tensor unseen;    ///< [P] bool: living splats without a verdict, which are not selected
  at::Tensor around;    ///< [P] weights in rings about the regions, summed: what things lie before
};

}  // namespace retort::field
