// Features without training: a splat takes the weighted mean of the teacher's vectors of the pixels it shows in.
//
// The idea, in several forms: Dr. Splat (Jun-Seong et al., CVPR 2025), LUDVIG (Marrie et al., ICCV 2025), Occam's LGS
// (Cheng et al., BMVC 2025). Written from the idea, not from their code.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <optional>
#include <string>

#include "core/thread_pool.h"
#include "distil/field/methods/feature_loss.h"

namespace retort::field {

/// A map of few different vectors: which of them each pixel has.
struct SegmentedMap {
  at::Tensor vectors;  ///< [S,C] float32
  at::Tensor one_hot;  ///< [h,w,S] float32
};

/// Most segments that are looked for in a map.
constexpr int64_t most_segments = 64;

/// The map's distinct vectors in order of appearance, or nothing when there are more than most_segments, or so many
/// that working on segments saves nothing (2 S > C). Stops at the first pixel that is too many.
std::optional<SegmentedMap> segments_of(const TeacherTarget& target);

/// Sums over views, sum_p w(p) F(p) and sum_p w(p), with w = alpha T the share of the splat in pixel p. The weights are
/// taken at the map's size (those of the rendering filter), so memory is splats x channels and never splats x pixels.
class FeatureLifter {
 public:
  /// The pool must outlive the lifter.
  FeatureLifter(int64_t splats, int64_t channels, splat::MapFilter filter, LiftLengths lengths, ThreadPool& pool);

  /// Adds the view last projected by `renderer`. Fault when sizes don't fit.
  void add_view(splat::Renderer& renderer, const TeacherTarget& target);

  /// [P,C]: sums divided by weights; zeros for splats that no view shows. With LiftLengths::unit, of length 1 or 0.
  at::Tensor features() const;
  /// [P] sum of weights, in pixels of the maps.
  const at::Tensor& weights() const { return weights_; }
  /// Views that went through segments.
  int64_t segmented_views() const { return segmented_views_; }

  void save(std::map<std::string, at::Tensor>& tensors) const;
  void load(const std::map<std::string, at::Tensor>& tensors, const std::string& source);

 private:
  at::Tensor spread(splat::Renderer& renderer, const at::Tensor& map) const;

  splat::MapFilter filter_;
  LiftLengths lengths_;
  ThreadPool& pool_;
  at::Tensor sums_;     ///< [P,C]
  at::Tensor weights_;  ///< [P]
  int64_t segmented_views_ = 0;
};

}  // namespace retort::field
