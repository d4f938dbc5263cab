// A small synthetic scene and trainers on it, shared by the tests of this room.
#pragma once

#include <ATen/ATen.h>

#include "distil/field/methods/splat_trainer.h"
#include "distil/field/methods/view_order.h"
#include "distil/field/scene/synthetic.h"

namespace retort::field {

struct TinyTraining {
  explicit TinyTraining(bool with_features, DecoderKind decoder = DecoderKind::none, int threads = 2,
                        int64_t opacity_reset_every = 45, const TrainOptions& train = {.steps = 1000})
      : pool(threads),
        scene(make_synthetic_scene({.seed = 3,
                                    .views = 8,
                                    .width = 48,
                                    .height = 36,
                                    .points = 300,
                                    .feature_dim = 12,
                                    .supersampling = 1,
                                    .noise = {}},
                                   pool)),
        order(scene.scene.train, RandomTree(5)) {
    SplatTrainerOptions options{
        .train = train, .photos = static_cast<int64_t>(scene.scene.views.size()), .extent = scene.scene.extent.radius};
    options.train.density.from_step = 20;
    options.train.density.every = 20;
    options.train.density.opacity_reset_every = opacity_reset_every;
    options.train.log_every = 1;
    const int64_t channels = !with_features ? 0 : decoder == DecoderKind::none ? 12 : 4;
    trainer.emplace(initial_splats(scene.scene.points, channels, false, pool, train), options, RandomTree(7), pool);
    if (!with_features) return;
    std::optional<FeatureDecoder> weights;
    if (decoder != DecoderKind::none) weights = make_decoder(channels, 12, RandomGenerator(9));
    features.emplace(TeacherOptions{}, FieldShapeOptions{}, 1.0, weights, pool);
  }

  TeacherTarget target(int view) const {
    return {at::tensor(scene.teacher_maps[view])
                .view({scene.feature_dim, scene.map_height, scene.map_width})
                .permute({1, 2, 0})
                .contiguous()};
  }

  StepTerms step() {
    const int view = order.at(trainer->steps_done() + 1);
    if (!features) return trainer->step(scene.scene.views[view].camera, scene.images[view], nullptr, nullptr, view);
    const auto map = target(view);
    return trainer->step(scene.scene.views[view].camera, scene.images[view], &*features, &map, view);
  }

  void run(int steps) {
    for (int index = 0; index < steps; ++index) step();
  }

  std::map<std::string, at::Tensor> state() const {
    std::map<std::string, at::Tensor> tensors;
    trainer->save(tensors);
    if (features) features->save(tensors);
    return tensors;
  }

  ThreadPool pool;
  SyntheticScene scene;
  ViewOrder order;
  std::optional<SplatTrainer> trainer;
  std::optional<FeatureLoss> features;
};

}  // namespace retort::field
