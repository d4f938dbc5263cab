// What comes after the colours when features are lifted: one pass over the views, then steps on the features alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "distil/field/methods/lift.h"
#include "distil/field/methods/view_order.h"
#include "distil/field/scene/scene.h"
#include "distil/field/teachers/feature_map.h"
#include "train/adam_state.h"

namespace retort::field {

struct FeaturePhaseOptions {
  TeacherOptions teacher;
  FieldShapeOptions field;
  int64_t refine_steps = 0;
  double learning_rate = 1e-3;
  FeatureOptimiser optimiser = FeatureOptimiser::adam;
  double gamma = 1;
  Isa isa = Isa::automatic;
};

/// The geometry stands still. Each step lifts one view, the training views in order, or refines on one.
class FeaturePhase {
 public:
  /// `geometry` without its features; shared, not copied. Scene, maps and pool must outlive the phase.
  FeaturePhase(splat::SplatParameters geometry, const Scene& scene, TeacherMaps& maps,
               const FeaturePhaseOptions& options, RandomTree random, ThreadPool& pool);

  int64_t lift_steps() const { return static_cast<int64_t>(scene_.train.size()); }
  int64_t total_steps() const { return lift_steps() + options_.refine_steps; }
  int64_t steps_done() const { return steps_done_; }
  bool lifting() const { return steps_done_ < lift_steps(); }

  /// One view. Gives back the mean absolute error of a refining step before its update; 0 while lifting. Fault when
  /// nothing is left to do.
  double step();

  /// The geometry with the features so far.
  splat::SplatParameters parameters() const;
  int64_t segmented_views() const { return lifter_.segmented_views(); }

  void save(std::map<std::string, at::Tensor>& tensors) const;
  void load(const std::map<std::string, at::Tensor>& tensors, const std::string& source);

 private:
  TeacherTarget look_at(int view);
  double refine(int view);

  splat::SplatParameters geometry_;
  const Scene& scene_;
  TeacherMaps& maps_;
  FeaturePhaseOptions options_;
  ThreadPool& pool_;
  splat::Renderer renderer_;
  FeatureLifter lifter_;
  FeatureLoss loss_;
  ViewOrder order_;
  at::Tensor features_, gradient_;  ///< [P,C], once lifted
  train::AdamMoments moments_;
  int64_t steps_done_ = 0;
};

/// Adam's step on [P,N] features. `sparse_adam` leaves rows alone whose gradient is all zero.
void update_features(const at::Tensor& features, const at::Tensor& gradient, train::AdamMoments& moments,
                     double learning_rate, FeatureOptimiser optimiser, ThreadPool& pool);

/// 1 for every row of [P,N] with an element other than 0.
std::vector<uint8_t> rows_with_gradient(const at::Tensor& gradient, ThreadPool& pool);

}  // namespace retort::field
