#include "distil/field/splat/mcmc.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace retort::splat {
namespace {

/// Integral of 1 - (1 - opacity exp(-x^2 / 2 scale^2))^copies over the line, by the trapezoidal rule.
double blended_integral(double opacity, double scale, int64_t copies) {
  constexpr double reach = 12, step = 1e-3;
  double sum = 0;
  for (double x = -reach; x <= reach; x += step) {
    sum += 1 - std::pow(1 - opacity * std::exp(-x * x / (2 * scale * scale)), double(copies));
  }
  return sum * step;
}

TEST(Mcmc, CopiesBlendedAreTheOriginal) {
  for (const double opacity : {0.01, 0.3, 0.9, 0.99}) {
    for (const int64_t copies : {1, 2, 5, 20}) {
      const auto shared = relocated_splat(opacity, copies);
      EXPECT_NEAR(std::pow(1 - shared.opacity, double(copies)), 1 - opacity, 1e-12);
      const double wanted = blended_integral(opacity, 1, 1);
      EXPECT_NEAR(blended_integral(shared.opacity, shared.scale_factor, copies), wanted, 1e-6 * wanted)
          << opacity << " " << copies;
    }
  }
}

TEST(Mcmc, MostCopiesStillHaveDigits) {
  const auto shared = relocated_splat(0.99, most_copies);
  EXPECT_NEAR(blended_integral(shared.opacity, shared.scale_factor, most_copies), blended_integral(0.99, 1, 1), 1e-4);
}

SplatParameters line_of_splats(int64_t splats) {
  SplatParameters p;
  p.means = at::arange(3 * splats, at::kFloat).view({splats, 3}).contiguous();
  p.sh = at::zeros({splats, 16, 3});
  p.opacity_logits = at::full({splats}, 0.f, at::kFloat);
  p.log_scales = at::full({splats, 3}, -2.f, at::kFloat);
  p.quaternions = at::zeros({splats, 4});
  p.quaternions.select(1, 0).fill_(1);
  p.features = at::arange(splats, at::kFloat).view({splats, 1}).contiguous();
  return p;
}

TEST(Mcmc, DeadSplatsMoveAndForget) {
  auto parameters = line_of_splats(40);
  parameters.opacity_logits.slice(0, 0, 10).fill_(-9);
  train::AdamState adam;
  for (const auto& [name, tensor] : parameters.named()) {
    adam[name] = {.first = at::ones_like(*tensor), .second = at::ones_like(*tensor), .step = 3};
  }
  const auto change =
      relocate_and_grow(parameters, adam, RandomGenerator(1), {.min_opacity = 0.005, .growth = 0.1, .max_splats = 43});
  EXPECT_EQ(change.relocated, 10);
  EXPECT_EQ(change.added, 3);
  ASSERT_EQ(parameters.size(), 43);
  for (int64_t splat = 0; splat < 43; ++splat) {
    const bool is_new = splat < 10 || splat >= 40;
    const float source = parameters.features[splat][0].item<float>();
    EXPECT_TRUE(is_new ? source >= 10 : source == float(splat)) << splat;
    const float moment = adam["means"].first[splat][0].item<float>();
    const bool shared = parameters.opacity_logits[splat].item<float>() < 0;
    EXPECT_EQ(moment, is_new || shared ? 0.f : 1.f) << splat;
  }
  EXPECT_EQ(adam["sh"].first.size(0), 43);
}

TEST(Mcmc, GrowthKeepsWhatEachSplatLetsThrough) {
  auto parameters = line_of_splats(40);
  at::manual_seed(5);
  parameters.opacity_logits = at::randn({40});
  const auto before = 1 - parameters.opacity_logits.to(at::kDouble).sigmoid();
  train::AdamState adam;
  relocate_and_grow(parameters, adam, RandomGenerator(2), {.min_opacity = 0.005, .growth = 1, .max_splats = 75});
  ASSERT_EQ(parameters.size(), 75);
  auto through = at::ones({40}, at::kDouble);
  for (int64_t splat = 0; splat < 75; ++splat) {
    const auto source = static_cast<int64_t>(parameters.features[splat][0].item<float>());
    through[source] *= 1 - parameters.opacity_logits[splat].to(at::kDouble).sigmoid();
  }
  EXPECT_LT((through - before).abs().max().item<double>(), 1e-5);
}

TEST(Mcmc, ShortRunsGrowFasterAndLongOnesAsTheAuthors) {
  int64_t splats = 12000;
  for (int64_t left = 5; left > 0; --left)
    splats += int64_t(growth_towards(splats, 30000, left, 0.05) * double(splats));
  EXPECT_NEAR(double(splats), 30000, 5);
  EXPECT_EQ(growth_towards(54275, 1'500'000, 122, 0.05), 0.05);
  EXPECT_EQ(growth_towards(30000, 30000, 3, 0.05), 0.05);
  EXPECT_EQ(growth_towards(12000, 30000, -4, 0.05), 1.5) << "behind the middle: all at once";
  EXPECT_EQ(growth_towards(12000, 30000, 3, 0), 0) << "none was asked for";
}

TEST(Mcmc, NoiseIsTheSameOnAnyThreadsAndSparesWhatShows) {
  auto one = line_of_splats(10000), three = line_of_splats(10000);
  for (auto* parameters : {&one, &three}) parameters->opacity_logits.slice(0, 0, 9000).fill_(-6);
  ThreadPool single(1), several(3);
  add_position_noise(one, 10, RandomTree(4), single);
  add_position_noise(three, 10, RandomTree(4), several);
  EXPECT_TRUE(at::equal(one.means, three.means));
  const auto moved = one.means - line_of_splats(10000).means;
  EXPECT_TRUE(moved.slice(0, 9000).eq(0).all().item<bool>());
  // Covariance exp(-4), gate sigmoid(-100 (sigmoid(-6) - 0.005)) = 0.563.
  const double spread = moved.slice(0, 0, 9000).pow(2).mean().sqrt().item<double>();
  EXPECT_NEAR(spread, 10 * std::exp(-4.0) * 0.563, 0.005);
}

TEST(Mcmc, RegularisersHaveTheGradientsOfTheirMeans) {
  auto parameters = line_of_splats(3);
  parameters.opacity_logits = at::tensor({-1.f, 0.5f, 2.f});
  auto logits = parameters.opacity_logits.clone().requires_grad_(), scales = parameters.log_scales.clone();
  scales.requires_grad_();
  (0.01 * logits.sigmoid().mean() + 0.02 * scales.exp().mean()).backward();
  SplatParameters gradients = line_of_splats(3);
  gradients.opacity_logits.zero_();
  gradients.log_scales.zero_();
  add_regulariser_gradients(parameters, 0.01, 0.02, gradients);
  EXPECT_TRUE(at::allclose(gradients.opacity_logits, logits.grad(), 1e-5, 1e-8));
  EXPECT_TRUE(at::allclose(gradients.log_scales, scales.grad(), 1e-5, 1e-8));
}

}  // namespace
}  // namespace retort::splat
