#include "distil/field/methods/exposure.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "distil/field/methods/tiny_training.h"
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

double gain_of(size_t view, size_t channel) { return 0.5 + 0.1 * double((3 * view + channel) % 5); }

/// Gains of the photos, another order a channel.
void spoil_photos(SyntheticScene& scene) {
  for (size_t view = 0; view < scene.images.size(); ++view) {
    auto& pixels = scene.images[view].rgb.pixels;
    for (size_t index = 0; index < pixels.size(); ++index)
      pixels[index] = static_cast<uint8_t>(gain_of(view, index % 3) * pixels[index] + 0.5);
  }
}

/// Correlation over the training photos of two lists, one entry a photo.
double correlation(const std::vector<double>& first, const std::vector<double>& second) {
  const auto centred = [](const std::vector<double>& values) {
    const auto tensor = at::tensor(values, at::kDouble);
    return tensor - tensor.mean();
  };
  const auto a = centred(first), b = centred(second);
  return ((a * b).sum() / (a.norm() * b.norm())).item<double>();
}

// A common gain of all photos may go into the field's colours, so only how photos differ is held to the truth.
TEST(Exposure, LearnsHowTheGainsOfPhotosDiffer) {
  TinyTraining training(false, DecoderKind::none, 2, 100000, exposed());
  spoil_photos(training.scene);
  training.run(400);
  const auto learned = training.trainer->exposures()->values().to(at::kDouble);
  for (int64_t channel = 0; channel < 3; ++channel) {
    std::vector<double> shown, wanted;
    for (const int view : training.scene.scene.train) {
      const auto row = learned[view][channel];  // of a grey of one half
      shown.push_back((0.5 * row.slice(0, 0, 3).sum() + row[3]).item<double>());
      wanted.push_back(gain_of(size_t(view), size_t(channel)));
    }
    EXPECT_GT(correlation(shown, wanted), 0.9) << "channel " << channel;
  }
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
