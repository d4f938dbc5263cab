#include "distil/field/methods/exposure.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "distil/field/gaussians/field_renderer.h"
#include "distil/field/methods/tiny_training.h"
#include "metrics/colour_fit.h"
#include "metrics/image_quality.h"
#include "support/hostile_input.h"

namespace retort::field {
namespace {

at::Tensor shown_by(const at::Tensor& affine, const at::Tensor& colour, ThreadPool& pool) {
  auto shown = at::empty_like(colour);
  apply_exposure(affine.data_ptr<double>(), colour.data_ptr<double>(), colour.numel() / 3, shown.data_ptr<double>(),
                 pool);
  return shown;
}

TEST(Exposure, IsTheAffineMapOfEveryPixel) {
  ThreadPool pool(2);
  at::manual_seed(1);
  const auto affine = at::rand({3, 4}, at::kDouble), colour = at::rand({3, 5, 3}, at::kDouble);
  const auto wanted = at::addmm(affine.slice(1, 3), affine.slice(1, 0, 3), colour.view({3, -1})).view({3, 5, 3});
  EXPECT_TRUE(at::allclose(shown_by(affine, colour, pool), wanted, 1e-12, 1e-12));
}

TEST(Exposure, GradientsMatchDifferences) {
  ThreadPool pool(2);
  at::manual_seed(2);
  // More than one strip of sums, so that their joining is seen too.
  const auto affine = at::rand({3, 4}, at::kDouble), colour = at::rand({3, 91, 93}, at::kDouble);
  const auto weight = at::rand({3, 91, 93}, at::kDouble);
  const auto loss = [&](const at::Tensor& a, const at::Tensor& c) {
    return (shown_by(a, c, pool).pow(2) * weight).sum().item<double>();
  };
  auto gradient = (2 * shown_by(affine, colour, pool) * weight).contiguous();
  auto affine_gradient = at::full({3, 4}, 7.0, at::kDouble);
  exposure_backward(affine.data_ptr<double>(), colour.data_ptr<double>(), colour.numel() / 3,
                    gradient.data_ptr<double>(), affine_gradient.data_ptr<double>(), pool);
  constexpr double step = 1e-5;
  const auto slope_at = [&](const at::Tensor& of, int64_t index, const auto& evaluate) {
    double* value = of.data_ptr<double>() + index;
    const double kept = *value;
    *value = kept + step;
    const double above = evaluate();
    *value = kept - step;
    const double below = evaluate();
    *value = kept;
    return (above - below) / (2 * step);
  };
  const auto evaluate = [&] { return loss(affine, colour); };
  for (int64_t index = 0; index < 12; ++index) {
    const double wanted = slope_at(affine, index, evaluate);
    EXPECT_NEAR(affine_gradient.data_ptr<double>()[index], wanted, 1e-6 * std::abs(wanted)) << index;
  }
  for (const int64_t index : {0, 4000, 8463, 8500, 16000, 25388}) {
    EXPECT_NEAR(gradient.data_ptr<double>()[index], slope_at(colour, index, evaluate), 1e-4) << index;
  }
}

TEST(Exposure, SameBytesForAnyThreadCount) {
  at::manual_seed(3);
  const auto affine = at::rand({3, 4}), colour = at::rand({3, 200, 201}), slope = at::rand({3, 200, 201});
  at::Tensor first;
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    auto gradient = slope.clone(), sums = at::empty({3, 4});
    exposure_backward(affine.data_ptr<float>(), colour.data_ptr<float>(), colour.numel() / 3,
                      gradient.data_ptr<float>(), sums.data_ptr<float>(), pool);
    if (!first.defined()) first = sums;
    EXPECT_TRUE(at::equal(sums, first)) << threads;
  }
}

TEST(Exposure, RefusesAForeignCheckpoint) {
  ThreadPool pool(1);
  std::map<std::string, at::Tensor> saved;
  Exposures(3, pool).save(saved);
  Exposures same(3, pool), more(4, pool);
  same.load(saved, "checkpoint");
  EXPECT_NE(tests::refusal_of([&] { more.load(saved, "checkpoint"); }).find("[4,3,4]"), std::string::npos);
  saved.erase("exposure.step");
  EXPECT_NE(tests::refusal_of([&] { same.load(saved, "checkpoint"); }).find("exposure.step"), std::string::npos);
}

TrainOptions exposed() {
  TrainOptions options{.steps = 400, .exposure = ExposureKind::affine};
  options.sh_degree_every = 1000;
  return options;
}

/// Gains of 0.6, 0.8 ... of the photos, another order a channel.
void spoil_photos(SyntheticScene& scene) {
  for (size_t view = 0; view < scene.images.size(); ++view) {
    auto& pixels = scene.images[view].rgb.pixels;
    for (size_t index = 0; index < pixels.size(); ++index) {
      const double gain = 0.5 + 0.1 * double((3 * view + index % 3) % 5);
      pixels[index] = static_cast<uint8_t>(gain * pixels[index] + 0.5);
    }
  }
}

/// Mean over held-out views, of the clean photos; the colours are fitted to each.
double held_out_psnr(const TinyTraining& training, const SyntheticScene& clean) {
  const GaussianField field{.splats = training.trainer->parameters(),
                            .sh_degree = training.trainer->active_sh_degree(),
                            .decoder = {},
                            .basis = {},
                            .notes = {}};
  ThreadPool pool(2);
  FieldRenderer renderer(field, pool);
  double sum = 0;
  for (const int view : clean.scene.test) {
    renderer.look(clean.scene.views[view].camera);
    const auto& photo = clean.images[view].rgb;
    const auto bytes = at::tensor(at::ArrayRef<uint8_t>(photo.pixels)).view({photo.height, photo.width, 3});
    const auto wanted = (bytes.permute({2, 0, 1}).to(at::kFloat) / 255).contiguous();
    const auto fitted = metrics::fit_colours(renderer.view().colour, wanted);
    sum += metrics::psnr(fitted.unsqueeze(0), wanted.unsqueeze(0)).item<double>();
  }
  return sum / double(clean.scene.test.size());
}

TEST(Exposure, LearnsTheGainsOfPhotos) {
  double psnr[2] = {};
  for (const bool learned : {false, true}) {
    auto options = exposed();
    if (!learned) options.exposure = ExposureKind::none;
    TinyTraining training(false, DecoderKind::none, 2, 100000, options);
    const SyntheticScene clean = training.scene;
    spoil_photos(training.scene);
    training.run(399);
    psnr[learned] = held_out_psnr(training, clean);
  }
  EXPECT_GT(psnr[1], psnr[0] + 2) << "dB on held-out views, colours fitted";
}

TEST(Exposure, ResumedEqualsUndisturbed) {
  TinyTraining undisturbed(false, DecoderKind::none, 2, 45, exposed()),
      before(false, DecoderKind::none, 2, 45, exposed()), after(false, DecoderKind::none, 2, 45, exposed());
  undisturbed.run(60);
  before.run(37);
  auto saved = before.state();
  for (auto& [name, tensor] : saved) tensor = tensor.clone();
  after.trainer->load(saved, "checkpoint");
  after.run(23);
  const auto wanted = undisturbed.state(), got = after.state();
  ASSERT_EQ(wanted.size(), got.size());
  for (const auto& [name, tensor] : wanted) EXPECT_TRUE(at::equal(tensor, got.at(name))) << name;
  const auto identity = at::eye(3, 4, at::kFloat);
  for (const int view : undisturbed.scene.scene.test) {
    EXPECT_TRUE(at::equal(undisturbed.trainer->exposures()->values()[view], identity)) << view;
  }
  const int trained = undisturbed.scene.scene.train.front();
  EXPECT_FALSE(at::equal(undisturbed.trainer->exposures()->values()[trained], identity));
}

}  // namespace
}  // namespace retort::field
