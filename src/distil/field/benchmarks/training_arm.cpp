#include "distil/field/benchmarks/training_arm.h"

#include <ATen/ATen.h>

namespace retort::field {

TrainingArm::TrainingArm(BenchScene& bench, int64_t channels, Isa isa, ThreadPool& pool)
    : bench_(bench), channels_(channels), order_(bench.scene.train, RandomTree(1)) {
  TrainOptions train;
  train.steps = 1'000'000;
  train.density.enabled = false;
  trainer_.emplace(initial_splats(bench.scene.points, channels, true, pool),
                   SplatTrainerOptions{.train = train, .extent = bench.scene.extent.radius, .isa = isa}, RandomTree(2),
                   pool);
  if (channels == 0) return;
  loss_.emplace(TeacherOptions{.resize = FeatureResize::area}, FieldShapeOptions{}, 1.0, std::nullopt, pool);
}

const TeacherTarget& TrainingArm::target(int shrink) {
  auto& target = targets_[shrink];
  if (!target.values.defined()) {
    const auto& camera = bench_.scene.views.front().camera;
    target.values = at::randn({camera.height / shrink, camera.width / shrink, channels_}).to(at::kHalf);
  }
  return target;
}

void TrainingArm::step(int shrink) {
  const int view = order_.at(trainer_->steps_done() + 1);
  const TeacherTarget* map = loss_ ? &target(shrink) : nullptr;
  trainer_->step(bench_.scene.views[view].camera, *bench_.images->get(view), loss_ ? &*loss_ : nullptr, map);
}

double TrainingArm::swept_bytes(int shrink) const {
  double values = 0;
  for (const auto& [name, tensor] : parameters().named()) values += static_cast<double>(tensor->numel());
  const auto& camera = bench_.scene.views.front().camera;
  const double map = static_cast<double>(camera.height / shrink) * (camera.width / shrink);
  return 7 * sizeof(float) * values + sizeof(uint16_t) * map * static_cast<double>(channels_);
}

}  // namespace retort::field
