#include <gtest/gtest.h>

#include <cstring>

#include "core/errors.h"
#include "distil/field/splat/cpu/reference.h"
#include "distil/field/splat/cpu/renderer.h"
#include "distil/field/splat/cpu/resize_taps.h"
#include "distil/field/splat/cpu/splat_cloud.h"

namespace retort::splat::test {

namespace {

constexpr int feature_width = 45, feature_height = 35;

/// A view with features, its exact full-size map and a random gradient of the map of the size asked for.
struct FeatureCase {
  int channels, width, height;
  field::Camera camera;
  MapFilter filter = MapFilter::area;
  Cloud<float> cloud = make_cloud({.count = 90, .degree = 0}, 51);
  std::vector<float> values, background, target, d_map;

  explicit FeatureCase(int width_of_values, int map_width = feature_width, int map_height = feature_height,
                       const field::Camera& seen_from = tilted_camera(feature_width, feature_height))
      : channels(width_of_values), width(map_width), height(map_height), camera(seen_from) {
    std::mt19937 generator(7);
    values = random_values(generator, cloud.count() * channels, 0, 1);
    background = random_values(generator, channels, 0, 1);
    d_map = random_values(generator, int64_t{width} * height * channels, 0, 1);
    target = random_values(generator, int64_t{width} * height * channels, 0, 1);
  }

  ChannelGroup<float> group() const { return {values.data(), channels, background.data(), width, height, filter}; }

  std::vector<double> exact_full_map() const {
    const Cloud<double> exact = to_double(cloud);
    const auto exact_values = converted<double>(values), exact_background = converted<double>(background);
    std::vector<double> map(int64_t{camera.width} * camera.height * channels);
    const ChannelGroup<double> own{
        .values = exact_values.data(), .channels = channels, .background = exact_background.data()};
    double* const maps[] = {map.data()};
    reference::render<double>(exact.arrays(), camera, {}, {}, std::span(&own, 1), maps);
    return map;
  }

  /// Resizes a full-size map after rendering.
  std::vector<double> resized(const std::vector<double>& full) const {
    const AxisTaps x = axis_taps(camera.width, width, filter), y = axis_taps(camera.height, height, filter);
    std::vector<double> map(int64_t{width} * height * channels);
    for (int i = 0; i < height; ++i)
      for (int j = 0; j < width; ++j)
        for (int v = y.begin[i]; v < y.end(i); ++v)
          for (int u = x.begin[j]; u < x.end(j); ++u)
            for (int c = 0; c < channels; ++c) {
              map[(int64_t{i} * width + j) * channels + c] +=
                  double{y.weight(i, v)} * x.weight(j, u) * full[(int64_t{v} * camera.width + u) * channels + c];
            }
    return map;
  }

  /// Gradient of a full-size map from that of the resized one.
  std::vector<double> spread(const std::vector<float>& gradient) const {
    const AxisTaps x = axis_taps(camera.width, width, filter), y = axis_taps(camera.height, height, filter);
    std::vector<double> full(int64_t{camera.width} * camera.height * channels);
    for (int i = 0; i < height; ++i)
      for (int j = 0; j < width; ++j)
        for (int v = y.begin[i]; v < y.end(i); ++v)
          for (int u = x.begin[j]; u < x.end(j); ++u)
            for (int c = 0; c < channels; ++c) {
              full[(int64_t{v} * camera.width + u) * channels + c] +=
                  double{y.weight(i, v)} * x.weight(j, u) * gradient[(int64_t{i} * width + j) * channels + c];
            }
    return full;
  }

  /// Exact gradients of everything for a gradient of the resized map.
  GradientArrays<double> exact_backward(const std::vector<float>& gradient, bool geometry,
                                        std::vector<double>& value_gradients) const {
    const Cloud<double> exact = to_double(cloud);
    const auto exact_values = converted<double>(values), exact_background = converted<double>(background);
    const auto full = spread(gradient);
    value_gradients.assign(values.size(), 0);
    GradientArrays<double> g(exact.arrays());
    const reference::GroupBackward<double> own{
        {.values = exact_values.data(), .channels = channels, .background = exact_background.data()},
        full.data(),
        geometry,
        value_gradients.data()};
    reference::render_backward<double>(exact.arrays(), camera, {}, {}, std::span(&own, 1), g.arrays());
    return g;
  }

  void check() const {
    const auto map = resized(exact_full_map());
    std::vector<double> want_gradients;
    const auto want = exact_backward(d_map, true, want_gradients);
    ThreadPool pool(2);
    for (const Isa isa : testable_isas()) {
      SCOPED_TRACE(isa_name(isa));
      Renderer renderer(pool, isa);
      renderer.project(cloud.arrays(), camera, {});
      std::vector<float> got(map.size(), 7), gradients(values.size(), 7);
      renderer.render_group(group(), got.data());
      EXPECT_LT(relative_error(got, map), 1e-5);
      renderer.backward_group(group(), d_map.data(), gradients.data());
      EXPECT_LT(relative_error(gradients, want_gradients), 1e-5);
      renderer.blend({});
      GradientArrays<float> g(cloud.arrays());
      const GeometryGroup<float> geometry{group(), d_map.data()};
      renderer.backward({}, g.arrays(), std::span(&geometry, 1));
      EXPECT_LT(relative_error(g.means, want.means), 1e-4);
      EXPECT_LT(relative_error(g.opacity_logits, want.opacity_logits), 1e-4);
      EXPECT_LT(relative_error(g.log_scales, want.log_scales), 1e-4);
      EXPECT_LT(relative_error(g.pose, want.pose), 1e-4);
      check_distillation(renderer, got);
    }
  }

  /// The fused loss against the same composed of its parts, with the same rendered map.
  void check_distillation(Renderer& renderer, const std::vector<float>& map) const {
    double loss = 0;
    std::vector<float> signs(map.size());
    for (size_t i = 0; i < map.size(); ++i) {
      loss += std::abs(double{map[i]} - target[i]);
      signs[i] = (map[i] > target[i] ? 0.7f : -0.7f) / static_cast<float>(map.size());
    }
    std::vector<float> want(values.size()), got(values.size(), 7);
    renderer.backward_group(group(), signs.data(), want.data());
    const double mean = renderer.distil_group(group(), {target.data(), false}, 0.7, got.data());
    EXPECT_NEAR(mean, loss / static_cast<double>(map.size()), 1e-5);
    EXPECT_LT(relative_error(got, want, 1e-9), 1e-4);
  }
};

TEST(SplatFeatures, AnyNumberOfChannelsMatchesTheReference) {
  for (const int channels : {1, 15, 16, 17, 63, 64, 65, 83}) {
    SCOPED_TRACE(channels);
    FeatureCase(channels).check();
  }
}

TEST(SplatFeatures, ManyChannelsMatchTheReference) { FeatureCase(512, 12, 9).check(); }

TEST(SplatFeatures, ResizedWeightsEqualResizedMaps) {
  for (const auto& [width, height] : {std::pair{15, 7}, {11, 9}, {10, 8}, {44, 35}, {23, 18}, {1, 1}, {2, 35}}) {
    SCOPED_TRACE(width);
    FeatureCase(5, width, height).check();
  }
}

// Maps of many rows are worked through in patches of several rows of blocks.
TEST(SplatFeatures, TallMapsEqualResizedMaps) {
  for (const int height : {95, 96, 110, 149}) {
    SCOPED_TRACE(height);
    FeatureCase(3, 19, height, tilted_camera(40, 150)).check();
  }
}

TEST(SplatFeatures, BilinearWeightsEqualBilinearMapsBothWays) {
  for (const auto& [width, height] : {std::pair{11, 9}, {45, 20}, {60, 52}, {1, 3}}) {
    SCOPED_TRACE(width);
    FeatureCase view(3, width, height);
    view.filter = MapFilter::bilinear_align_corners;
    view.check();
  }
}

TEST(SplatFeatures, HalfPrecisionTargetsAreReadExactly) {
  FeatureCase view(19, 11, 9);
  // Halves with exact float values, denormals and both signs among them.
  const std::vector<uint16_t> patterns = {0x0000, 0x3c00, 0xbc00, 0x3555, 0x0001, 0x8001, 0x03ff, 0x7bff, 0xb266};
  const std::vector<float> exact = {0.0f,
                                    1.0f,
                                    -1.0f,
                                    0.333251953125f,
                                    5.9604644775390625e-8f,
                                    -5.9604644775390625e-8f,
                                    6.0975551605224609375e-5f,
                                    65504.0f,
                                    -0.199951171875f};
  std::vector<uint16_t> halves(view.target.size());
  for (size_t i = 0; i < halves.size(); ++i) {
    halves[i] = patterns[i % patterns.size()];
    view.target[i] = exact[i % exact.size()];
  }
  ThreadPool pool(1);
  for (const Isa isa : testable_isas()) {
    SCOPED_TRACE(isa_name(isa));
    Renderer renderer(pool, isa);
    renderer.project(view.cloud.arrays(), view.camera, {});
    std::vector<float> from_float(view.values.size()), from_half(view.values.size());
    const double a = renderer.distil_group(view.group(), {view.target.data(), false}, 1, from_float.data());
    const double b = renderer.distil_group(view.group(), {halves.data(), true}, 1, from_half.data());
    EXPECT_EQ(a, b);
    EXPECT_EQ(from_float, from_half);
  }
}

TEST(SplatFeatures, EqualMapsGiveNoGradient) {
  FeatureCase view(16);
  ThreadPool pool(1);
  Renderer renderer(pool);
  renderer.project(view.cloud.arrays(), view.camera, {});
  std::fill(view.values.begin(), view.values.end(), 0.0f);
  std::fill(view.background.begin(), view.background.end(), 0.0f);
  std::fill(view.target.begin(), view.target.end(), 0.0f);
  std::vector<float> gradients(view.values.size(), 7);
  EXPECT_EQ(renderer.distil_group(view.group(), {view.target.data(), false}, 1, gradients.data()), 0);
  EXPECT_EQ(gradients, std::vector<float>(view.values.size(), 0.0f));
}

TEST(SplatFeatures, GivesTheSameBitsForAnyThreadCount) {
  const Cloud<float> cloud = make_cloud({.count = 1500, .degree = 0, .scale = 0.05}, 61);
  const field::Camera camera = tilted_camera(150, 170);
  constexpr int channels = 35;
  std::mt19937 generator(1);
  const auto values = random_values(generator, cloud.count() * channels, 0, 1);
  const auto target = random_values(generator, int64_t{150} * 170 * channels, 0, 1);
  for (const auto& [width, height] : {std::pair{150, 170}, {37, 42}}) {
    std::vector<float> want;
    double want_loss = 0;
    for (const int threads : {1, 2, 3, 2}) {
      ThreadPool pool(threads);
      Renderer renderer(pool);
      renderer.project(cloud.arrays(), camera, {});
      std::vector<float> got(values.size(), 7);
      const ChannelGroup<float> group{values.data(), channels, nullptr, width, height};
      const double loss = renderer.distil_group(group, {target.data(), false}, 1, got.data());
      if (want.empty()) {
        want = got;
        want_loss = loss;
      }
      EXPECT_EQ(loss, want_loss);
      EXPECT_EQ(std::memcmp(got.data(), want.data(), got.size() * sizeof(float)), 0) << threads << " threads";
    }
  }
}

TEST(SplatFeatures, LeaveTheGeometryAloneUnlessAsked) {
  const FeatureCase view(8);
  ThreadPool pool(2);
  Renderer renderer(pool);
  const auto geometry_gradients = [&](bool with_features) {
    renderer.project(view.cloud.arrays(), view.camera, {});
    std::vector<float> colour(3 * feature_width * feature_height), gradients(view.values.size());
    renderer.blend({.colour = colour.data()});
    if (with_features) renderer.distil_group(view.group(), {view.target.data(), false}, 1, gradients.data());
    GradientArrays<float> g(view.cloud.arrays());
    renderer.backward({.colour = colour.data()}, g.arrays());
    return g;
  };
  const auto without = geometry_gradients(false), with = geometry_gradients(true);
  EXPECT_EQ(without.means, with.means);
  EXPECT_EQ(without.log_scales, with.log_scales);
  EXPECT_EQ(without.opacity_logits, with.opacity_logits);
}

TEST(SplatFeatures, RefuseImpossibleGroups) {
  ThreadPool pool(1);
  Renderer renderer(pool);
  const FeatureCase view(4);
  renderer.project(view.cloud.arrays(), view.camera, {});
  ChannelGroup<float> group = view.group();
  group.channels = 2049;
  EXPECT_THROW(renderer.render_group(group, nullptr), Fault);
  group.channels = 0;
  EXPECT_THROW(renderer.render_group(group, nullptr), Fault);
  group = view.group();
  group.map_width = feature_width + 1;
  std::vector<float> map(int64_t{feature_width + 1} * feature_height * 4);
  EXPECT_THROW(renderer.render_group(group, map.data()), Fault);
}

}  // namespace

}  // namespace retort::splat::test
