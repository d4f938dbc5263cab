#include "distil/field/splat/cpu/renderer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "core/errors.h"
#include "distil/field/splat/cpu/reference.h"
#include "distil/field/splat/cpu/splat_cloud.h"

namespace retort::splat::test {

namespace {

/// Maps and gradients of one view for a random linear loss.
template <class Real>
struct ViewResult {
  std::vector<Real> colour, depth, transmittance;
  std::vector<int32_t> radii;
  GradientArrays<Real> gradients;
};

struct ViewCase {
  Cloud<float> cloud;
  field::Camera camera;
  RenderSettings settings{.sh_degree = 3, .scale_modifier = 1, .background = {0.3, 0.1, 0.6}};
  std::vector<float> d_colour, d_depth, d_transmittance;

  ViewCase(Cloud<float> splats, field::Camera view, int degree = 3) : cloud(std::move(splats)), camera(view) {
    settings.sh_degree = degree;
    std::mt19937 generator(3);
    const int64_t pixels = int64_t{camera.width} * camera.height;
    d_colour = random_values(generator, 3 * pixels, 0, 1);
    d_depth = random_values(generator, pixels, 0, 0.3);
    d_transmittance = random_values(generator, pixels, 0, 1);
  }

  ViewResult<double> reference() const {
    const Cloud<double> exact = to_double(cloud);
    const size_t pixels = d_depth.size();
    ViewResult<double> r{std::vector<double>(3 * pixels),
                         std::vector<double>(pixels),
                         std::vector<double>(pixels),
                         {},
                         GradientArrays<double>(exact.arrays())};
    reference::render<double>(exact.arrays(), camera, settings,
                              {r.colour.data(), r.depth.data(), r.transmittance.data()}, {}, {}, &r.radii);
    const auto colour = converted<double>(d_colour), depth = converted<double>(d_depth),
               t = converted<double>(d_transmittance);
    reference::render_backward<double>(exact.arrays(), camera, settings, {colour.data(), depth.data(), t.data()}, {},
                                       r.gradients.arrays());
    return r;
  }

  ViewResult<float> fast(Renderer& renderer) const {
    const size_t pixels = d_depth.size();
    ViewResult<float> r{std::vector<float>(3 * pixels),
                        std::vector<float>(pixels),
                        std::vector<float>(pixels),
                        {},
                        GradientArrays<float>(cloud.arrays())};
    renderer.project(cloud.arrays(), camera, settings);
    renderer.blend({r.colour.data(), r.depth.data(), r.transmittance.data()});
    r.radii.assign(renderer.radii().begin(), renderer.radii().end());
    renderer.backward({d_colour.data(), d_depth.data(), d_transmittance.data()}, r.gradients.arrays());
    return r;
  }

  /// `gradient_tolerance` is relative to each gradient's largest element.
  void expect_like_reference(double map_tolerance, double gradient_tolerance) const {
    const ViewResult<double> want = reference();
    ThreadPool pool(2);
    for (const Isa isa : testable_isas()) {
      SCOPED_TRACE(isa_name(isa));
      Renderer renderer(pool, isa);
      const ViewResult<float> got = fast(renderer);
      EXPECT_EQ(got.radii, want.radii);
      EXPECT_LT(relative_error(got.colour, want.colour, 1), map_tolerance);
      EXPECT_LT(relative_error(got.depth, want.depth, 1), map_tolerance);
      EXPECT_LT(relative_error(got.transmittance, want.transmittance, 1), map_tolerance);
      const auto& g = got.gradients;
      EXPECT_LT(relative_error(g.means, want.gradients.means), gradient_tolerance);
      EXPECT_LT(relative_error(g.quaternions, want.gradients.quaternions), gradient_tolerance);
      EXPECT_LT(relative_error(g.log_scales, want.gradients.log_scales), gradient_tolerance);
      EXPECT_LT(relative_error(g.opacity_logits, want.gradients.opacity_logits), gradient_tolerance);
      EXPECT_LT(relative_error(g.sh, want.gradients.sh), gradient_tolerance);
      EXPECT_LT(relative_error(g.screenspace_points, want.gradients.screenspace_points), gradient_tolerance);
      EXPECT_LT(relative_error(g.pose, want.gradients.pose), gradient_tolerance);
    }
  }
};

TEST(SplatRenderer, MatchesTheReferenceOnRandomClouds) {
  for (const int degree : {0, 1, 2, 3}) {
    SCOPED_TRACE(degree);
    ViewCase({make_cloud({.count = 150, .degree = degree}, 11 + degree), tilted_camera(61, 47), degree})
        .expect_like_reference(2e-5, 1e-4);
  }
}

TEST(SplatRenderer, MatchesTheReferenceAtOddImageSizes) {
  for (const auto& [width, height] : {std::pair{1, 1}, {17, 33}, {16, 16}, {33, 5}, {64, 15}}) {
    SCOPED_TRACE(width);
    ViewCase({make_cloud({.count = 40, .scale = 0.2}, 21), tilted_camera(width, height)})
        .expect_like_reference(2e-5, 2e-4);
  }
}

TEST(SplatRenderer, MatchesTheReferenceWithFewOrNoSplats) {
  for (const int count : {0, 1, 2}) {
    ViewCase({make_cloud({.count = count, .spread = 0.1}, 4), tilted_camera(40, 30)}).expect_like_reference(2e-5, 1e-4);
  }
}

/// Splats as wide as the image and splats below a pixel, thin ones, some far off screen, some behind the camera.
TEST(SplatRenderer, MatchesTheReferenceOnExtremeShapes) {
  Cloud<float> cloud = make_cloud({.count = 120, .scale = 0.05, .scale_spread = 2.5, .spread = 1.2}, 8);
  for (int64_t i = 0; i < cloud.count(); i += 7) cloud.means[3 * i + 2] *= -1;
  ViewCase({cloud, tilted_camera(70, 50)}).expect_like_reference(1e-4, 2e-3);
}

TEST(SplatRenderer, MatchesTheReferenceBehindOpaqueStacks) {
  ViewCase(
      {make_cloud({.count = 300, .scale = 0.4, .scale_spread = 0.2, .opacity_logit = 3, .opacity_spread = 1.2}, 13),
       tilted_camera(40, 40)})
      .expect_like_reference(1e-4, 1e-3);
}

TEST(SplatRenderer, SortsTiesByIndex) {
  Cloud<float> cloud = make_cloud({.count = 64, .scale = 0.3, .spread = 0.3}, 15);
  field::Camera camera = field::camera_from_fov(48, 48, 0.9, 0.9, field::Camera().world_to_camera);
  for (int64_t i = 0; i < cloud.count(); ++i) cloud.means[3 * i + 2] = 2.0f + 0.25f * static_cast<float>(i % 3);
  ViewCase({cloud, camera}).expect_like_reference(2e-5, 1e-4);
}

TEST(SplatRenderer, DropsSplatsThatAreNotFinite) {
  const Cloud<float> clean = make_cloud({.count = 60}, 17);
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  Cloud<float> dirty = clean;
  const auto append = [&](float mean, float quaternion, float log_scale, float logit, float sh) {
    dirty.means.insert(dirty.means.end(), {mean, 0, 2});
    dirty.quaternions.insert(dirty.quaternions.end(), {quaternion, 0, 0, 0});
    dirty.log_scales.insert(dirty.log_scales.end(), {log_scale, -2, -2});
    dirty.opacity_logits.push_back(logit);
    dirty.sh.insert(dirty.sh.end(), 48, 0.1f);
    dirty.sh[dirty.sh.size() - 48] = sh;
  };
  append(nan, 1, -2, 0, 0);
  append(infinity, 1, -2, 0, 0);
  append(0, 0, -2, 0, 0);
  append(0, nan, -2, 0, 0);
  append(0, infinity, -2, 0, 0);
  append(0, 1, nan, 0, 0);
  append(0, 1, 200, 0, 0);
  append(0, 1, infinity, 0, 0);
  append(0, 1, -2, nan, 0);
  append(0, 1, -2, 0, nan);
  append(0, 1, -2, 0, infinity);
  ThreadPool pool(1);
  for (const Isa isa : testable_isas()) {
    SCOPED_TRACE(isa_name(isa));
    Renderer renderer(pool, isa);
    const auto want = ViewCase({clean, tilted_camera(40, 30)}).fast(renderer);
    const auto got = ViewCase({dirty, tilted_camera(40, 30)}).fast(renderer);
    EXPECT_EQ(got.colour, want.colour);
    for (int64_t i = clean.count(); i < dirty.count(); ++i) {
      EXPECT_EQ(got.radii[i], 0) << i - clean.count();
      for (int k = 0; k < 3; ++k) EXPECT_EQ(got.gradients.means[3 * i + k], 0);
      for (int k = 0; k < 48; ++k) EXPECT_EQ(got.gradients.sh[48 * i + k], 0);
      EXPECT_EQ(got.gradients.opacity_logits[i], 0);
    }
    for (const double value : got.gradients.pose) EXPECT_TRUE(std::isfinite(value));
  }
}

/// The deepest splats of a stack get their small gradients right too: each against its own size, not the largest one's.
TEST(SplatRenderer, KeepsTheGradientsOfLateSplatsAccurate) {
  Cloud<float> cloud;
  cloud.coefficients = 1;
  const int layers = 40;
  std::mt19937 generator(2);
  for (int i = 0; i < layers; ++i) {
    cloud.means.insert(cloud.means.end(),
                       {0.01f * static_cast<float>(i % 5), 0.01f * static_cast<float>(i % 3), 2.0f + 0.05f * i});
    cloud.quaternions.insert(cloud.quaternions.end(), {1, 0, 0, 0});
    cloud.log_scales.insert(cloud.log_scales.end(), {-1.2f, -1.3f, -1.5f});
    cloud.opacity_logits.push_back(-1.35f);
  }
  cloud.sh = random_values(generator, 3 * layers, 0.5, 1);
  const ViewCase view(cloud, tilted_camera(16, 16), 0);
  const auto want = view.reference();
  ThreadPool pool(1);
  Renderer renderer(pool);
  const auto got = view.fast(renderer);
  double worst = 0;
  for (int i = 0; i < layers; ++i) {
    const double exact = want.gradients.opacity_logits[i];
    worst = std::max(worst, std::abs(got.gradients.opacity_logits[i] - exact) / std::max(std::abs(exact), 1e-6));
  }
  EXPECT_LT(worst, 2e-2);
  EXPECT_LT(relative_error(got.gradients.opacity_logits, want.gradients.opacity_logits), 1e-5);
}

template <class Value>
void expect_same_bits(const std::vector<Value>& a, const std::vector<Value>& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(Value)), 0);
}

TEST(SplatRenderer, GivesTheSameBitsForAnyThreadCountAndAnyHistory) {
  const ViewCase view(make_cloud({.count = 2500, .scale = 0.05}, 31), tilted_camera(130, 90));
  const ViewCase other(make_cloud({.count = 50}, 32), tilted_camera(30, 30));
  ThreadPool one(1);
  Renderer first(one);
  const auto want = view.fast(first);
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    Renderer renderer(pool);
    other.fast(renderer);
    const auto got = view.fast(renderer);
    expect_same_bits(got.colour, want.colour);
    expect_same_bits(got.depth, want.depth);
    expect_same_bits(got.gradients.means, want.gradients.means);
    expect_same_bits(got.gradients.quaternions, want.gradients.quaternions);
    expect_same_bits(got.gradients.log_scales, want.gradients.log_scales);
    expect_same_bits(got.gradients.opacity_logits, want.gradients.opacity_logits);
    expect_same_bits(got.gradients.sh, want.gradients.sh);
    expect_same_bits(got.gradients.screenspace_points, want.gradients.screenspace_points);
    expect_same_bits(got.gradients.pose, want.gradients.pose);
  }
}

TEST(SplatRenderer, ListsTheWeightsThatColourUses) {
  const ViewCase view(make_cloud({.count = 80}, 41), tilted_camera(35, 27), 0);
  ThreadPool pool(2);
  Renderer renderer(pool);
  const auto rendered = view.fast(renderer);
  const WeightLists lists = renderer.weight_lists();
  ASSERT_EQ(lists.offsets.size(), 35u * 27 + 1);
  const Cloud<double> exact = to_double(view.cloud);
  const auto projection = reference::project(exact.arrays(), view.camera, 1.0);
  for (size_t pixel = 0; pixel + 1 < lists.offsets.size(); ++pixel) {
    double coverage = 0, last_depth = 0;
    for (int64_t k = lists.offsets[pixel]; k < lists.offsets[pixel + 1]; ++k) {
      coverage += lists.weights[k];
      EXPECT_GE(projection.depth[lists.splats[k]], last_depth - 1e-6);
      last_depth = projection.depth[lists.splats[k]];
    }
    EXPECT_NEAR(coverage, 1 - rendered.transmittance[pixel], 1e-5);
  }
}

TEST(SplatRenderer, RefusesPhasesOutOfOrderAndUnknownInstructionSets) {
  ThreadPool pool(1);
  Renderer renderer(pool);
  EXPECT_THROW(renderer.blend({}), Fault);
  EXPECT_THROW(renderer.backward({}, {}), Fault);
  EXPECT_THROW(parse_isa("sse9"), UserError);
  EXPECT_EQ(parse_isa("avx2"), Isa::avx2);
  EXPECT_EQ(parse_isa(""), Isa::automatic);
}

}  // namespace

}  // namespace retort::splat::test
