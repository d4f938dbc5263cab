#include "metrics/frechet.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"

namespace retort::metrics {
namespace {

TEST(Frechet, closed_form_for_diagonal_covariances) {
  const at::Tensor mean_a = at::tensor({1.0, 2.0}), mean_b = at::tensor({0.0, 4.0});
  const at::Tensor covariance_a = at::diag(at::tensor({4.0, 9.0})), covariance_b = at::diag(at::tensor({1.0, 0.0}));
  // |mean difference|^2 + sum of (sigma_a - sigma_b)^2; the second covariance is singular.
  EXPECT_NEAR(frechet_distance_from_moments(mean_a, covariance_a, mean_b, covariance_b), 5 + 1 + 9, 1e-12);
}

TEST(Frechet, equal_clouds_and_shifted_clouds) {
  at::manual_seed(2);
  const at::Tensor cloud = at::randn({40, 6}, at::kDouble);
  EXPECT_NEAR(frechet_distance(cloud, cloud), 0, 1e-10);
  EXPECT_NEAR(frechet_distance(cloud, cloud + 2), 4 * 6, 1e-10);
  // Fewer rows than dimensions: both covariances are singular, and roots of rounding errors are 1e-8.
  EXPECT_NEAR(frechet_distance(cloud.slice(0, 0, 3), cloud.slice(0, 0, 3)), 0, 1e-6);
}

TEST(Frechet, refuses_what_has_no_covariance) {
  EXPECT_THROW(frechet_distance(at::zeros({1, 3}), at::zeros({5, 3})), Fault);
  EXPECT_THROW(frechet_distance(at::zeros({5, 3}), at::zeros({5, 4})), Fault);
  EXPECT_THROW(frechet_distance_from_moments(at::zeros({2}), at::zeros({2, 3}), at::zeros({2}), at::zeros({2, 2})),
               Fault);
}

}  // namespace
}  // namespace retort::metrics
