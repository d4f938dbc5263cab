#include "distil/field/selection/voting.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/errors.h"

namespace retort::field {

void VoteOptions::check() const {
  // Written so that what is no number fails as well.
  if (!(share > 0 && share <= 1)) user_error("vote: a share of {} is not above 0 and at most 1", share);
  if (!(least_seen >= 0 && std::isfinite(least_seen))) {
    user_error("vote: at least {} pixels seen; give 0 or more", least_seen);
  }
}

void add_votes(Votes& sum, const Votes& view) {
  const auto added = [](const at::Tensor& a, const at::Tensor& b) { return a.defined() ? a + b : b.contiguous(); };
  sum = {.inside = added(sum.inside, view.inside), .whole = added(sum.whole, view.whole)};
}

at::Tensor vote_shares(const Votes& votes) {
  // Both sums are rounded, so a splat that is all inside may come out a little above 1.
  const auto shares = (votes.inside / votes.whole).clamp(0, 1);
  return at::where(votes.whole.gt(0), shares, at::zeros_like(shares));
}

Verdict verdict_of(const Votes& votes, const VoteOptions& options) {
  const auto mostly = votes.inside.ge(votes.whole * options.share), seen = votes.whole.gt(options.least_seen);
  return {.held = seen & mostly, .outside = seen & ~mostly};
}

}  // namespace retort::field
