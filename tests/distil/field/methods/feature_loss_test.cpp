#include "distil/field/methods/feature_loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/methods/tiny_training.h"

namespace retort::field {
namespace {

struct Projected {
  explicit Projected(TinyTraining& training) : renderer(training.pool) {
    const int view = training.scene.scene.train.front();
    renderer.project(splat_arrays(training.trainer->parameters()), training.scene.scene.views[view].camera, {});
    target = training.target(view);
  }
  splat::Renderer renderer;
  TeacherTarget target;
};

at::Tensor random_features(int64_t splats, int64_t channels) {
  RandomGenerator random(11);
  auto values = at::empty({splats, channels}, at::kFloat);
  for (int64_t index = 0; index < values.numel(); ++index) values.data_ptr<float>()[index] = float(random.normal());
  return values;
}

// The loss as the paper writes it, on a rendered map.
double plain_loss(splat::Renderer& renderer, const at::Tensor& features, const TeacherTarget& target,
                  const std::optional<FeatureDecoder>& decoder) {
  auto map = at::empty({int64_t{target.height()} * target.width(), features.size(1)}, at::kFloat);
  renderer.render_group({.values = features.data_ptr<float>(),
                         .channels = int(features.size(1)),
                         .map_width = target.width(),
                         .map_height = target.height(),
                         .filter = splat::MapFilter::bilinear_align_corners},
                        map.data_ptr<float>());
  if (decoder) map = at::addmm(decoder->bias, map, decoder->weight.t());
  return (map - target.values.view_as(map)).abs().mean().item<double>();
}

TEST(FeatureLoss, FusedAndPlainAgreeInValueAndGradient) {
  TinyTraining training(true);
  Projected view(training);
  const auto splats = training.trainer->parameters().size();
  auto features = random_features(splats, 12);
  auto gradient = at::empty_like(features);
  const double loss = training.features->evaluate(view.renderer, features, view.target, gradient);
  EXPECT_NEAR(loss, plain_loss(view.renderer, features, view.target, std::nullopt), 1e-5);

  // Along a random direction, away from the kinks of |x| but for a few pixels.
  const auto direction = random_features(splats, 12).flip(0).contiguous();
  const double step = 1e-3;
  const double up = plain_loss(view.renderer, (features + step * direction).contiguous(), view.target, std::nullopt);
  const double down = plain_loss(view.renderer, (features - step * direction).contiguous(), view.target, std::nullopt);
  EXPECT_NEAR((gradient * direction).sum().item<double>(), (up - down) / (2 * step),
              2e-2 * std::abs(up - down) / (2 * step) + 1e-4);
}

TEST(FeatureLoss, DecoderLearns) {
  TinyTraining training(true, DecoderKind::conv1x1);
  Projected view(training);
  auto features = random_features(training.trainer->parameters().size(), 4);
  auto gradient = at::empty_like(features);
  const auto before = training.features->decoder()->weight.clone();
  const double loss = training.features->evaluate(view.renderer, features, view.target, gradient);
  EXPECT_NEAR(loss, plain_loss(view.renderer, features, view.target, training.features->decoder()), 1e-5);
  for (int step = 0; step < 200; ++step) {
    training.features->evaluate(view.renderer, features, view.target, gradient);
    training.features->step_decoder(1e-3);
  }
  EXPECT_LT(training.features->evaluate(view.renderer, features, view.target, gradient), loss);
  EXPECT_FALSE(at::equal(before, training.features->decoder()->weight));
}

TEST(FeatureLoss, RefusesAMapOfOtherWidth) {
  TinyTraining training(true);
  Projected view(training);
  auto features = random_features(training.trainer->parameters().size(), 5);
  auto gradient = at::empty_like(features);
  EXPECT_THROW(training.features->evaluate(view.renderer, features, view.target, gradient), Fault);
}

}  // namespace
}  // namespace retort::field
