#include "distil/field/methods/lift.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/methods/tiny_training.h"

namespace retort::field {
namespace {

struct Lifted {
  at::Tensor features, weights;
  int64_t segmented_views = 0;
};

/// The training views of the tiny scene lifted; `map_of` gives each view's map.
template <class MapOf>
Lifted lift(TinyTraining& training, int64_t channels, ThreadPool& pool, MapOf map_of) {
  const auto& parameters = training.trainer->parameters();
  splat::Renderer renderer(pool, Isa::scalar);
  FeatureLifter lifter(parameters.size(), channels, splat::MapFilter::area, LiftLengths::kept, pool);
  for (const int view : training.scene.scene.train) {
    renderer.project(splat_arrays(parameters), training.scene.scene.views[view].camera, {});
    lifter.add_view(renderer, {map_of(view)});
  }
  return {lifter.features(), lifter.weights(), lifter.segmented_views()};
}

at::Tensor noise_map(int view, int64_t channels) {
  RandomGenerator random(100 + view);
  auto map = at::empty({36, 48, channels}, at::kFloat);
  for (int64_t i = 0; i < map.numel(); ++i) map.data_ptr<float>()[i] = float(random.normal());
  return map;
}

at::Tensor segmented_map(int view) {
  const auto vectors = noise_map(view, 12).view({-1, 12}).slice(0, 0, 4);
  const auto labels = at::arange(36 * 48, at::kLong).div(100, "floor").remainder(4);
  return vectors.index_select(0, labels).view({36, 48, 12}).contiguous();
}

/// sum w F / sum w from the lists of every pixel, splats x pixels and all.
at::Tensor naive(TinyTraining& training, at::Tensor (*map_of)(int)) {
  const auto& parameters = training.trainer->parameters();
  splat::Renderer renderer(training.pool, Isa::scalar);
  auto sums = at::zeros({parameters.size(), 12}, at::kDouble), weights = at::zeros({parameters.size(), 1}, at::kDouble);
  for (const int view : training.scene.scene.train) {
    renderer.project(splat_arrays(parameters), training.scene.scene.views[view].camera, {});
    const auto lists = renderer.weight_lists();
    const auto map = map_of(view).view({-1, 12}).to(at::kDouble);
    for (int64_t pixel = 0; pixel < map.size(0); ++pixel) {
      for (auto entry = lists.offsets[pixel]; entry < lists.offsets[pixel + 1]; ++entry) {
        sums[lists.splats[entry]] += double(lists.weights[entry]) * map[pixel];
        weights[lists.splats[entry]] += double(lists.weights[entry]);
      }
    }
  }
  return at::where(weights.gt(1e-6), sums / weights.clamp_min(1e-6), at::zeros({}, at::kDouble)).to(at::kFloat);
}

TEST(Lift, EqualsTheNaiveSumOverSplatsAndPixels) {
  TinyTraining training(false);
  const auto lifted = lift(training, 12, training.pool, [](int view) { return noise_map(view, 12); });
  EXPECT_EQ(lifted.segmented_views, 0);
  EXPECT_TRUE(at::allclose(lifted.features, naive(training, [](int view) { return noise_map(view, 12); }), 1e-3, 1e-3));
}

TEST(Lift, GoesThroughSegmentsAndFindsTheSame) {
  TinyTraining training(false);
  const auto lifted = lift(training, 12, training.pool, segmented_map);
  EXPECT_EQ(lifted.segmented_views, int64_t(training.scene.scene.train.size()));
  EXPECT_TRUE(at::allclose(lifted.features, naive(training, segmented_map), 1e-3, 1e-3));
}

TEST(Lift, SameBytesForAnyThreadCount) {
  TinyTraining training(false);
  ThreadPool one(1), three(3);
  const auto map_of = [](int view) { return noise_map(view, 12); };
  const auto a = lift(training, 12, one, map_of), b = lift(training, 12, training.pool, map_of),
             c = lift(training, 12, three, map_of);
  EXPECT_TRUE(at::equal(a.features, b.features));
  EXPECT_TRUE(at::equal(a.features, c.features));
}

TEST(Lift, SegmentsAreBounded) {
  EXPECT_FALSE(segments_of({noise_map(0, 200)})) << "every pixel is its own";
  const auto segments = segments_of({segmented_map(0)});
  ASSERT_TRUE(segments);
  EXPECT_EQ(segments->vectors.size(0), 4);
  EXPECT_TRUE(at::equal(at::matmul(segments->one_hot, segments->vectors), segmented_map(0)));
}

}  // namespace
}  // namespace retort::field
