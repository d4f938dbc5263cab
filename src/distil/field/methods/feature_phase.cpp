#include "distil/field/methods/feature_phase.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/methods/feature_3dgs_job.h"

namespace retort::field {

namespace {
constexpr double feature_epsilon = 1e-15;
constexpr int64_t gradient_rows_per_task = 1024;
}  // namespace

std::vector<uint8_t> rows_with_gradient(const at::Tensor& gradient, ThreadPool& pool) {
  std::vector<uint8_t> active(gradient.size(0));
  const int64_t length = gradient.size(1);
  const float* values = gradient.data_ptr<float>();
  pool.parallel_for(gradient.size(0), gradient_rows_per_task, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      active[row] = std::any_of(values + row * length, values + (row + 1) * length, [](float v) { return v != 0; });
    }
  });
  return active;
}

void update_features(const at::Tensor& features, const at::Tensor& gradient, train::AdamMoments& moments,
                     double learning_rate, FeatureOptimiser optimiser, ThreadPool& pool) {
  auto group = train::adam_group(features, gradient, moments, learning_rate, feature_epsilon);
  std::vector<uint8_t> active;
  if (optimiser == FeatureOptimiser::sparse_adam) {
    active = rows_with_gradient(gradient, pool);
    group.row_length = features.size(1);
    group.active_rows = active.data();
  }
  train::adam_step({&group, 1}, {}, pool);
}

FeaturePhase::FeaturePhase(splat::SplatParameters geometry, const Scene& scene, TeacherMaps& maps,
                           const FeaturePhaseOptions& options, RandomTree random, ThreadPool& pool)
    : geometry_(std::move(geometry)),
      scene_(scene),
      maps_(maps),
      options_(options),
      pool_(pool),
      renderer_(pool, options.isa),
      lifter_(geometry_.size(), maps.channels(), map_filter(options.teacher.resize), options.field.lift_lengths, pool),
      loss_(options.teacher, options.field, options.gamma, std::nullopt, pool),
      order_(scene.train, random) {}

TeacherTarget FeaturePhase::look_at(int view) {
  renderer_.project(splat_arrays(geometry_), scene_.views[view].camera, {});
  return {maps_.get(view)};
}

double FeaturePhase::step() {
  RT_CHECK(steps_done_ < total_steps(), "features: all {} steps are done", total_steps());
  double error = 0;
  if (lifting()) {
    lifter_.add_view(renderer_, look_at(scene_.train[steps_done_]));
    if (steps_done_ + 1 == lift_steps()) {
      features_ = lifter_.features();
      moments_ = train::fresh_adam_moments(features_);
      gradient_ = at::zeros_like(features_);
    }
  } else {
    error = refine(order_.at(steps_done_ - lift_steps() + 1));
  }
  ++steps_done_;
  return error;
}

double FeaturePhase::refine(int view) {
  const auto target = look_at(view);
  const double error = loss_.evaluate(renderer_, features_, target, gradient_);
  update_features(features_, gradient_, moments_, options_.learning_rate, options_.optimiser, pool_);
  return error;
}

splat::SplatParameters FeaturePhase::parameters() const {
  auto parameters = geometry_;
  parameters.features = features_.defined() ? features_ : lifter_.features();
  return parameters;
}

void FeaturePhase::save(std::map<std::string, at::Tensor>& tensors) const {
  tensors["lift.steps_done"] = at::full({}, steps_done_, at::kLong);
  if (lifting()) {
    lifter_.save(tensors);
    return;
  }
  tensors["lift.features"] = features_;
  tensors["lift.first"] = moments_.first;
  tensors["lift.second"] = moments_.second;
}

void FeaturePhase::load(const std::map<std::string, at::Tensor>& tensors, const std::string& source) {
  const auto take = [&](const char* name) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) user_error("{}: '{}' is missing; the checkpoint is of another version", source, name);
    return found->second.clone();
  };
  steps_done_ = take("lift.steps_done").item<int64_t>();
  if (steps_done_ < 0 || steps_done_ > total_steps()) {
    user_error("{}: {} steps of lifting and refining are done, the recipe has {}", source, steps_done_, total_steps());
  }
  if (lifting()) {
    lifter_.load(tensors, source);
    return;
  }
  features_ = take("lift.features");
  moments_ = {.first = take("lift.first"), .second = take("lift.second"), .step = steps_done_ - lift_steps()};
  for (const auto& tensor : {features_, moments_.first, moments_.second}) {
    if (tensor.sizes() != at::IntArrayRef({geometry_.size(), maps_.channels()})) {
      user_error("{}: the lifted features don't fit {} splats of {} channels", source, geometry_.size(),
                 maps_.channels());
    }
  }
  gradient_ = at::zeros_like(features_);
}

}  // namespace retort::field
