#include "train/sharpness.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace retort::train {
namespace {

/// f(w) = sum(a w^2) / 2 with the gradient a w.
struct Quadratic {
  nn::Weights weights;
  ParameterBuffer buffer;
  at::Tensor curvature = at::tensor({1.0F, 3.0F, 0.5F});

  Quadratic() {
    weights.parameters = {{"w", at::tensor({2.0F, -1.0F, 4.0F})}};
    buffer.take("net", weights);
    buffer.seal();
    backward();
  }
  void backward() { (curvature * weights.parameters.at("w").square() / 2).sum().backward(); }
  at::Tensor sharpened(const SharpnessOptions& options) {
    const auto before = buffer.values().clone();
    sharpen(options, buffer, [this] { backward(); });
    EXPECT_TRUE(at::equal(buffer.values(), before));
    return buffer.gradients().clone();
  }
};

at::Tensor quadratic_values() { return at::tensor({2.0F, -1.0F, 4.0F}); }
at::Tensor quadratic_gradient() { return at::tensor({2.0F, -3.0F, 2.0F}); }  // of length sqrt(17)

TEST(Sharpness, NoneLeavesTheGradientAndComputesNoOther) {
  Quadratic quadratic;
  sharpen({}, quadratic.buffer, [] { FAIL() << "a second gradient"; });
  EXPECT_TRUE(at::equal(quadratic.buffer.gradients(), quadratic_gradient()));
}

TEST(Sharpness, SamGivesTheGradientAtTheWorstPoint) {
  Quadratic quadratic;
  const auto given = quadratic.sharpened({.kind = SharpnessKind::sam, .rho = 0.1});
  const auto worst = quadratic_values() + quadratic_gradient() * (0.1 / std::sqrt(17.0));
  EXPECT_TRUE(at::allclose(given, quadratic.curvature * worst, 1e-6, 1e-7));
}

TEST(Sharpness, AdaptiveSamFollowsTheSizesOfTheParameters) {
  Quadratic quadratic;
  const auto given = quadratic.sharpened({.kind = SharpnessKind::sam, .rho = 0.1, .adaptive = true});
  // |w| g = (4, -3, 8), of length sqrt(89); w^2 g = (8, -3, 32).
  const auto worst = quadratic_values() + at::tensor({8.0F, -3.0F, 32.0F}) * (0.1 / std::sqrt(89.0));
  EXPECT_TRUE(at::allclose(given, quadratic.curvature * worst, 1e-6, 1e-7));
}

TEST(Sharpness, GsamTakesOffThePartOfTheGradientThatIsOrthogonalToTheWorst) {
  Quadratic quadratic;
  const auto given = quadratic.sharpened({.kind = SharpnessKind::gsam, .rho = 0.1, .alpha = 0.4});
  const auto worst = quadratic.curvature * (quadratic_values() + quadratic_gradient() * (0.1 / std::sqrt(17.0)));
  const auto orthogonal =
      quadratic_gradient() - worst * (worst.dot(quadratic_gradient()) / worst.square().sum()).item<float>();
  EXPECT_GT(orthogonal.norm().item<float>(), 1e-3F);
  EXPECT_TRUE(at::allclose(given, worst - 0.4 * orthogonal, 1e-5, 1e-6));
  EXPECT_NEAR((given - worst).dot(worst).item<float>(), 0, 1e-4);
}

TEST(Sharpness, AGradientOfZeroLeadsNowhere) {
  const auto zero = at::zeros({3});
  EXPECT_TRUE(at::equal(ascent(quadratic_values(), zero, 0.1, false), zero));
  EXPECT_TRUE(at::equal(ascent(quadratic_values(), zero, 0.1, true), zero));
  EXPECT_TRUE(at::equal(gap_descent(zero, zero, 0.3), zero));
}

TEST(Sharpness, ValuesComeBackWhenTheSecondGradientFails) {
  Quadratic quadratic;
  EXPECT_THROW(sharpen({.kind = SharpnessKind::sam}, quadratic.buffer, [] { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_TRUE(at::equal(quadratic.buffer.values(), quadratic_values()));
}

}  // namespace
}  // namespace retort::train
