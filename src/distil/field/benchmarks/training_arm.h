// One trainer under the clock: initial splats, whole steps, no densification, random teacher maps in memory.
#pragma once

#include <map>
#include <optional>

#include "core/isa.h"
#include "distil/field/benchmarks/bench_scene.h"
#include "distil/field/methods/splat_trainer.h"
#include "distil/field/methods/view_order.h"

namespace retort::field {

class TrainingArm {
 public:
  /// `channels` 0: colours only. Scene and pool must outlive the arm.
  TrainingArm(BenchScene& bench, int64_t channels, Isa isa, ThreadPool& pool);

  /// One whole step. With features, the loss is taken on maps `shrink` times smaller than the picture each way.
  void step(int shrink);

  const splat::SplatParameters& parameters() const { return trainer_->parameters(); }
  /// Bytes of memory that a step's sweeps can't avoid: Adam reads value, gradient and two moments and writes three of
  /// them; the teacher's map is read once.
  double swept_bytes(int shrink) const;

 private:
  const TeacherTarget& target(int shrink);

  BenchScene& bench_;
  int64_t channels_;
  ViewOrder order_;
  std::optional<SplatTrainer> trainer_;
  std::optional<FeatureLoss> loss_;
  std::map<int, TeacherTarget> targets_;  ///< by shrink
};

}  // namespace retort::field
