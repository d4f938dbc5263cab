#include "distil/field/splat/densify.h"

#include <algorithm>
#include <cmath>

#include "core/registries.h"
#include "run/parity.h"

namespace retort::splat {

namespace {

constexpr double split_shrinkage = 1.6;          // 0.8 * number of copies
constexpr double largest_share_of_extent = 0.1;  // pruning by size in the world

template <class Real>
class DensifyJudge {
 public:
  DensifyJudge(const DensifyEvidence<Real>& evidence, const DensifyThresholds& thresholds)
      : evidence_(evidence), thresholds_(thresholds) {}

  Real gradient(int64_t splat) const {
    const int64_t count = evidence_.count[splat];
    return count == 0 ? Real(0) : evidence_.gradient_accum[splat] / static_cast<Real>(count);
  }

  bool grows(int64_t splat) const { return gradient(splat) >= static_cast<Real>(thresholds_.grad_threshold); }

  bool is_large(int64_t splat) const {
    return largest_scale(splat) > static_cast<Real>(thresholds_.percent_dense * thresholds_.extent);
  }

  /// Whether the splat itself (or its clone), or a copy from splitting it, is pruned.
  bool prunes(int64_t splat, bool split_copy) const {
    const Real opacity = 1 / (1 + std::exp(-evidence_.opacity_logits[splat]));
    if (opacity < static_cast<Real>(thresholds_.min_opacity)) return true;
    if (thresholds_.max_screen_size <= 0) return false;
    const Real scale = split_copy ? largest_scale(splat) / static_cast<Real>(split_shrinkage) : largest_scale(splat);
    return scale > static_cast<Real>(largest_share_of_extent * thresholds_.extent);
  }

 private:
  Real largest_scale(int64_t splat) const {
    const Real* scales = evidence_.log_scales + 3 * splat;
    return std::exp(std::max({scales[0], scales[1], scales[2]}));
  }

  const DensifyEvidence<Real>& evidence_;
  const DensifyThresholds& thresholds_;
};

template <class Real>
void limit_growth(const DensifyJudge<Real>& judge, int64_t max_splats, DensifyDecision& decision) {
  const int64_t splats = static_cast<int64_t>(decision.clone.size());
  int64_t room = max_splats;
  std::vector<int64_t> candidates;
  for (int64_t splat = 0; splat < splats; ++splat) {
    room -= !judge.prunes(splat, false);
    if (decision.clone[splat] || decision.split[splat]) candidates.push_back(splat);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](int64_t a, int64_t b) { return judge.gradient(a) > judge.gradient(b); });
  for (const int64_t splat : candidates) {
    const int64_t rows_kept = !judge.prunes(splat, false);
    const int64_t rows_wanted = 2 * !judge.prunes(splat, decision.split[splat] != 0);
    if (rows_wanted - rows_kept <= std::max<int64_t>(room, 0)) {
      room -= rows_wanted - rows_kept;
    } else {
      decision.clone[splat] = decision.split[splat] = 0;
    }
  }
}

template <class Real>
void assemble_rows(const DensifyJudge<Real>& judge, DensifyDecision& decision) {
  const int64_t splats = static_cast<int64_t>(decision.clone.size());
  const auto append = [&](int64_t splat, bool split_copy) {
    decision.source.push_back(splat);
    decision.prune.push_back(judge.prunes(splat, split_copy));
  };
  for (int64_t splat = 0; splat < splats; ++splat) {
    if (!decision.split[splat]) append(splat, false);
  }
  decision.first_clone_row = static_cast<int64_t>(decision.source.size());
  for (int64_t splat = 0; splat < splats; ++splat) {
    if (decision.clone[splat]) append(splat, false);
  }
  decision.first_split_row = static_cast<int64_t>(decision.source.size());
  for (int copy = 0; copy < 2; ++copy) {
    for (int64_t splat = 0; splat < splats; ++splat) {
      if (decision.split[splat]) append(splat, true);
    }
  }
}

}  // namespace

double split_log_shrinkage() { return std::log(split_shrinkage); }

template <class Real>
DensifyDecision densify_decision(const DensifyEvidence<Real>& evidence, const DensifyThresholds& thresholds,
                                 int64_t max_splats) {
  const DensifyJudge<Real> judge(evidence, thresholds);
  DensifyDecision decision;
  decision.clone.resize(evidence.splats);
  decision.split.resize(evidence.splats);
  for (int64_t splat = 0; splat < evidence.splats; ++splat) {
    if (judge.grows(splat)) (judge.is_large(splat) ? decision.split : decision.clone)[splat] = 1;
  }
  if (max_splats > 0) limit_growth(judge, max_splats, decision);
  assemble_rows(judge, decision);
  return decision;
}

template <class Real>
DensifyDecision densify_decision(const DensifyEvidence<Real>& evidence, const DensifyThresholds& thresholds) {
  return densify_decision(evidence, thresholds, 0);
}

template DensifyDecision densify_decision(const DensifyEvidence<float>&, const DensifyThresholds&);
template DensifyDecision densify_decision(const DensifyEvidence<double>&, const DensifyThresholds&);
template DensifyDecision densify_decision(const DensifyEvidence<float>&, const DensifyThresholds&, int64_t);
template DensifyDecision densify_decision(const DensifyEvidence<double>&, const DensifyThresholds&, int64_t);

namespace {

template <class Real>
DensifyDecision densify_parity_decision(const run::ParityCall& call) {
  const at::Tensor gradient_accum = call.input("gradient_accum").contiguous(), count = call.input("count").contiguous(),
                   log_scales = call.input("log_scales").contiguous(),
                   opacity_logits = call.input("opacity_logits").contiguous();
  const DensifyEvidence<Real> evidence{.gradient_accum = gradient_accum.data_ptr<Real>(),
                                       .count = count.data_ptr<int64_t>(),
                                       .log_scales = log_scales.data_ptr<Real>(),
                                       .opacity_logits = opacity_logits.data_ptr<Real>(),
                                       .splats = count.numel()};
  return densify_decision(evidence, {.grad_threshold = call.number("grad_threshold"),
                                     .min_opacity = call.number("min_opacity"),
                                     .extent = call.number("extent"),
                                     .percent_dense = call.number("percent_dense"),
                                     .max_screen_size = call.integer("max_screen_size", 0)});
}

void densify_parity(run::ParityCall& call) {
  const auto decision = call.floating().dtype() == at::kDouble ? densify_parity_decision<double>(call)
                                                               : densify_parity_decision<float>(call);
  call.output("clone_mask", at::tensor(decision.clone, at::kByte).to(at::kBool));
  call.output("split_mask", at::tensor(decision.split, at::kByte).to(at::kBool));
  call.output("prune_mask", at::tensor(decision.prune, at::kByte).to(at::kBool));
  call.output("source_index", at::tensor(decision.source, at::kLong));
}

}  // namespace

}  // namespace retort::splat

namespace retort {

void register_densify(Registries& registries) {
  registries.parity.add("field.splat.densify_decision",
                        {.summary = "which Gaussians are cloned, split and pruned",
                         .source = "ShijieZhou-UCLA/feature-3dgs @6c570d6, scene/gaussian_model.py densify_and_prune, "
                                   "densify_and_clone, densify_and_split",
                         .inputs = {{"gradient_accum", "[P]"},
                                    {"count", "[P]", "i64"},
                                    {"log_scales", "[P,3]"},
                                    {"opacity_logits", "[P]"},
                                    {"max_radii", "[P]", "i32"}},
                         .options = {"grad_threshold", "min_opacity", "extent", "percent_dense", "max_screen_size"},
                         .outputs = {{"clone_mask", "[P]", "bool"},
                                     {"split_mask", "[P]", "bool"},
                                     {"prune_mask", "[P2]", "bool"},
                                     {"source_index", "[P2]", "i64"}},
                         .run = splat::densify_parity});
}

}  // namespace retort
