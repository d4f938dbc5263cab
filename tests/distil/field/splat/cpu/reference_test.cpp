#include "distil/field/splat/cpu/reference.h"

#include <gtest/gtest.h>

#include <functional>

#include "distil/field/splat/cpu/splat_cloud.h"

namespace retort::splat::test {

namespace {

/// The two splats of the Feature 3DGS sheet (section 7.1), colours by degree 0.
Cloud<double> sheet_cloud() {
  Cloud<double> cloud;
  cloud.means = {0.1, -0.05, 2.0, 0.12, -0.02, 2.5};
  cloud.quaternions = {0.9, 0.1, 0.2, 0.3, 1, 0, 0, 0};
  for (const double s : {0.10, 0.04, 0.06, 0.20, 0.20, 0.10}) cloud.log_scales.push_back(std::log(s));
  for (const double o : {0.8, 0.6}) cloud.opacity_logits.push_back(std::log(o / (1 - o)));
  for (const double c : {0.9, 0.2, 0.1, 0.1, 0.7, 0.3}) cloud.sh.push_back((c - 0.5) / 0.28209479177387814);
  return cloud;
}

field::Camera sheet_camera() {
  return field::camera_from_fov(64, 48, 1.0471975511965976, 0.8172757101951849, field::Camera().world_to_camera);
}

TEST(SplatReference, ProjectsTheSheetsSplats) {
  const auto cloud = sheet_cloud();
  const auto p = reference::project(cloud.arrays(), sheet_camera(), 1.0);
  const double mean2d[] = {34.27128115, 22.11435942, 34.16042993, 23.05659501};
  const double conic[] = {0.31072008, -0.22922469, 0.42717019, 0.05006979, 4.734383e-6, 0.05009740};
  const int32_t rect[] = {1, 0, 3, 2, 1, 0, 3, 3};
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(p.mean2d[i], mean2d[i], 1e-6);
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(p.conic[i], conic[i], 1e-7);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(p.tile_rect[i], rect[i]);
  EXPECT_EQ(p.radius[0], 9);
  EXPECT_EQ(p.radius[1], 14);
}

TEST(SplatReference, RendersTheSheetsPixels) {
  const auto cloud = sheet_cloud();
  const std::vector<double> features = {1, 0, 0.5, -1, 0, 1, -0.5, 2};
  std::vector<double> colour(3 * 64 * 48), depth(64 * 48), transmittance(64 * 48), map(4 * 64 * 48);
  const ChannelGroup<double> group{.values = features.data(), .channels = 4};
  double* const maps[] = {map.data()};
  reference::render<double>(cloud.arrays(), sheet_camera(), {}, {colour.data(), depth.data(), transmittance.data()},
                            std::span(&group, 1), maps);
  const int at[] = {22 * 64 + 34, 24 * 64 + 36};
  const double rgb[2][3] = {{0.72688738, 0.24281154, 0.11540963}, {0.47421294, 0.28926143, 0.13106574}};
  const double feature[2][4] = {{0.79432788, 0.11992281, 0.33720254, -0.55448227},
                                {0.49675887, 0.27129951, 0.11272968, 0.04584014}};
  const double z[] = {1.88846279, 1.67176651}, t[] = {0.08574931, 0.23194162};
  for (int k = 0; k < 2; ++k) {
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(colour[c * 64 * 48 + at[k]], rgb[k][c], 1e-7);
    for (int c = 0; c < 4; ++c) EXPECT_NEAR(map[4 * at[k] + c], feature[k][c], 1e-7);
    EXPECT_NEAR(depth[at[k]], z[k], 1e-7);
    EXPECT_NEAR(transmittance[at[k]], t[k], 1e-7);
  }
}

/// dL/dalpha of the sheet's pixel (34,22) for ones as gradients: dL/dlogit = dL/dalpha * alpha * (1 - opacity).
TEST(SplatReference, GivesTheSheetsGradientOfAlphaInBothSwitchPositions) {
  const auto cloud = sheet_cloud();
  const std::vector<double> features = {1, 0, 0.5, -1, 0, 1, -0.5, 2};
  const int at = 22 * 64 + 34;
  std::vector<double> d_colour(3 * 64 * 48), d_map(4 * 64 * 48), d_values(8);
  for (int c = 0; c < 3; ++c) d_colour[c * 64 * 48 + at] = 1;
  for (int c = 0; c < 4; ++c) d_map[4 * at + c] = 1;
  for (const bool on : {false, true}) {
    GradientArrays<double> g(cloud.arrays());
    const reference::GroupBackward<double> group{
        {.values = features.data(), .channels = 4}, d_map.data(), on, d_values.data()};
    reference::render_backward<double>(cloud.arrays(), sheet_camera(), {}, {.colour = d_colour.data()},
                                       std::span(&group, 1), g.arrays());
    EXPECT_NEAR(g.opacity_logits[0] / (0.79432788 * 0.2), on ? -0.39907943 : 0.55861462, 1e-6);
    EXPECT_NEAR(g.opacity_logits[1] / (0.58307762 * 0.4), on ? 0.74041962 : 0.22623933, 1e-6);
    for (int c = 0; c < 4; ++c) {
      EXPECT_NEAR(d_values[c], 0.79432788, 1e-7);
      EXPECT_NEAR(d_values[4 + c], 0.11992281, 1e-7);
    }
  }
}

/// A view with a random linear loss on all its maps; gradients against central differences.
struct DifferenceCase {
  Cloud<double> cloud;
  field::Camera camera = tilted_camera(24, 19);
  RenderSettings settings{.sh_degree = 3, .scale_modifier = 1, .background = {0.3, 0.1, 0.6}};
  bool geometry = false;
  int channels = 3;
  std::vector<double> features, background, d_colour, d_depth, d_transmittance, d_map;

  explicit DifferenceCase(bool feature_gradient) : geometry(feature_gradient) {
    cloud = to_double(make_cloud({.count = 14, .scale = 0.2, .opacity_logit = -0.3, .spread = 0.4}, 5));
    std::mt19937 generator(9);
    const int64_t pixels = 24 * 19;
    features = converted<double>(random_values(generator, channels * cloud.count(), 0, 1));
    background = {0.2, -0.4, 0.5};
    d_colour = converted<double>(random_values(generator, 3 * pixels, 0, 1));
    d_depth = converted<double>(random_values(generator, pixels, 0, 1));
    d_transmittance = converted<double>(random_values(generator, pixels, 0, 1));
    d_map = converted<double>(random_values(generator, channels * pixels, 0, 1));
  }

  ChannelGroup<double> group() const {
    return {.values = features.data(), .channels = channels, .background = background.data()};
  }

  double loss() const {
    std::vector<double> colour(d_colour.size()), depth(d_depth.size()), t(d_depth.size()), map(d_map.size());
    const ChannelGroup<double> own = group();
    double* const maps[] = {map.data()};
    reference::render<double>(cloud.arrays(), camera, settings, {colour.data(), depth.data(), t.data()},
                              std::span(&own, 1), maps);
    double sum = 0;
    const auto add = [&](const std::vector<double>& values, const std::vector<double>& weights) {
      for (size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[i];
    };
    add(colour, d_colour);
    add(depth, d_depth);
    add(t, d_transmittance);
    if (geometry) add(map, d_map);
    return sum;
  }

  void expect_slope(double& value, double gradient, double scale, const char* what, size_t index) {
    constexpr double step = 1e-6;
    const double middle = value;
    value = middle + step;
    const double above = loss();
    value = middle - step;
    const double below = loss();
    value = middle;
    EXPECT_NEAR(gradient, (above - below) / (2 * step), 2e-5 * std::max(1.0, scale)) << what << "[" << index << "]";
  }

  void check() {
    GradientArrays<double> g(cloud.arrays());
    const reference::GroupBackward<double> own{group(), d_map.data(), geometry, nullptr};
    reference::render_backward<double>(cloud.arrays(), camera, settings,
                                       {d_colour.data(), d_depth.data(), d_transmittance.data()}, std::span(&own, 1),
                                       g.arrays());
    const auto check_all = [&](std::vector<double>& values, const std::vector<double>& gradient, const char* what) {
      double scale = 0;
      for (const double v : gradient) scale = std::max(scale, std::abs(v));
      EXPECT_GT(scale, 0) << what;
      for (size_t i = 0; i < values.size(); ++i) expect_slope(values[i], gradient[i], scale, what, i);
    };
    check_all(cloud.means, g.means, "means");
    check_all(cloud.quaternions, g.quaternions, "quaternions");
    check_all(cloud.log_scales, g.log_scales, "log_scales");
    check_all(cloud.opacity_logits, g.opacity_logits, "opacity_logits");
    check_all(cloud.sh, g.sh, "sh");
    check_pose(g.pose);
  }

  /// Left perturbations of the pose, one of the six at a time.
  void check_pose(const std::vector<double>& pose) {
    const auto gradient = se3_left_gradient(pose.data(), camera.world_to_camera);
    const field::Matrix4 start = camera.world_to_camera;
    double scale = 0;
    for (const double v : gradient) scale = std::max(scale, std::abs(v));
    for (int axis = 0; axis < 6; ++axis) {
      double losses[2];
      constexpr double step = 1e-6;
      for (const int side : {0, 1}) {
        double xi[6] = {};
        xi[axis] = side == 0 ? step : -step;
        // exp(xi^) to second order; the third is 1e-18.
        const double w[3][3] = {{0, -xi[5], xi[4]}, {xi[5], 0, -xi[3]}, {-xi[4], xi[3], 0}};
        for (int i = 0; i < 3; ++i)
          for (int j = 0; j < 4; ++j) {
            double sum = start[4 * i + j] + (j == 3 ? xi[i] : 0);
            for (int k = 0; k < 3; ++k) {
              sum += w[i][k] * start[4 * k + j];
              for (int l = 0; l < 3; ++l) sum += 0.5 * w[i][l] * w[l][k] * start[4 * k + j];
            }
            camera.world_to_camera[4 * i + j] = sum;
          }
        losses[side] = loss();
      }
      camera.world_to_camera = start;
      EXPECT_NEAR(gradient[axis], (losses[0] - losses[1]) / (2 * step), 2e-5 * std::max(1.0, scale)) << "pose " << axis;
    }
  }
};

TEST(SplatReference, GradientsMatchFiniteDifferencesWithTheSwitchOff) { DifferenceCase(false).check(); }

TEST(SplatReference, GradientsMatchFiniteDifferencesWithTheSwitchOn) { DifferenceCase(true).check(); }

}  // namespace

}  // namespace retort::splat::test
