#include "distil/field/splat/render.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/errors.h"

namespace retort::splat {

namespace {

/// Ten splats in front of a small camera, leaves of the given dtype.
RenderTensors few_splats(at::ScalarType dtype) {
  const auto draw = [&](at::IntArrayRef shape, double phase, double size) {
    int64_t count = 1;
    for (const int64_t n : shape) count *= n;
    return (at::arange(count, at::kDouble) * 1.7 + phase).sin().mul(size).view(shape);
  };
  RenderTensors t;
  t.means = draw({10, 3}, 0.3, 0.5) + at::tensor({0.0, 0.0, 2.0}, at::kDouble);
  t.quaternions = draw({10, 4}, 0.9, 1.0);
  t.log_scales = draw({10, 3}, 1.9, 0.4) - 1.8;
  t.opacity_logits = draw({10}, 2.3, 1.0);
  t.sh = draw({10, 4, 3}, 0.1, 0.4) + 0.3;
  t.features = draw({10, 5}, 1.1, 1.0);
  t.screenspace_points = at::zeros({10, 2}, at::kDouble);
  t.world_to_view = at::eye(4, at::kDouble);
  for (at::Tensor* tensor : {&t.means, &t.quaternions, &t.log_scales, &t.opacity_logits, &t.sh, &t.features,
                             &t.screenspace_points, &t.world_to_view}) {
    *tensor = tensor->to(dtype).contiguous().set_requires_grad(true);
  }
  return t;
}

std::vector<at::Tensor> leaves(const RenderTensors& t) {
  return {t.means, t.quaternions, t.log_scales,         t.opacity_logits,
          t.sh,    t.features,    t.screenspace_points, t.world_to_view};
}

/// Gradients of a fixed function of all maps.
std::vector<at::Tensor> gradients(at::ScalarType dtype, bool feature_gradient) {
  const RenderTensors t = few_splats(dtype);
  ThreadPool pool(1);
  RenderOptions options;
  options.settings.sh_degree = 1;
  options.settings.background = {0.2, 0.4, 0.1};
  options.feature_gradient_to_geometry = feature_gradient;
  const auto camera = field::camera_from_fov(30, 22, 0.9, 0.7, field::Camera().world_to_camera);
  const auto out = render(t, camera, options, pool);
  const at::Tensor loss = out.color.square().sum() + 0.3 * out.depth.square().sum() + out.features.sin().sum() +
                          out.transmittance.square().sum();
  return torch::autograd::grad({loss}, leaves(t));
}

TEST(SplatRender, FastPathAndReferenceAgreeThroughAutograd) {
  for (const bool feature_gradient : {false, true}) {
    const auto fast = gradients(at::kFloat, feature_gradient), exact = gradients(at::kDouble, feature_gradient);
    for (size_t i = 0; i < exact.size(); ++i) {
      const double scale = std::max(1.0, exact[i].abs().max().item<double>());
      EXPECT_LT((fast[i].to(at::kDouble) - exact[i]).abs().max().item<double>(), 2e-4 * scale) << "input " << i;
      EXPECT_GT(exact[i].abs().max().item<double>(), 0) << "input " << i;
    }
  }
}

TEST(SplatRender, TakesAbsentFeaturesAndNonContiguousTensors) {
  RenderTensors t = few_splats(at::kFloat);
  const auto camera = field::camera_from_fov(30, 22, 0.9, 0.7, field::Camera().world_to_camera);
  ThreadPool pool(1);
  const auto want = render(t, camera, {}, pool);
  t.features = at::Tensor();
  t.screenspace_points = at::Tensor();
  t.world_to_view = at::Tensor();
  t.means = t.means.detach().t().contiguous().t();
  const auto got = render(t, camera, {}, pool);
  EXPECT_FALSE(got.features.defined());
  EXPECT_TRUE(got.color.equal(want.color));
}

TEST(SplatRender, NamesTheTensorThatDoesNotFit) {
  RenderTensors t = few_splats(at::kFloat);
  t.log_scales = t.log_scales.detach().narrow(0, 0, 9);
  ThreadPool pool(1);
  const auto camera = field::camera_from_fov(30, 22, 0.9, 0.7, field::Camera().world_to_camera);
  try {
    render(t, camera, {}, pool);
    FAIL() << "must throw";
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find("log_scales"), std::string::npos) << fault.what();
  }
}

}  // namespace

}  // namespace retort::splat
