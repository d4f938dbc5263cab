#include "distil/field/splat/initialise.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/errors.h"
#include "distil/field/splat/morton.h"

namespace retort::splat {
namespace {

at::Tensor plain_knn(const at::Tensor& points) {
  const at::Tensor difference = points.unsqueeze(1) - points.unsqueeze(0);
  at::Tensor squared = difference.square().sum(2);
  squared.fill_diagonal_(1e30);
  return std::get<0>(squared.topk(3, 1, /*largest=*/false)).mean(1);
}

TEST(KnnMeanSquaredDistance, equals_the_plain_search) {
  ThreadPool pool(2);
  at::manual_seed(1);
  for (const int64_t count : {4, 5, 100, 1500}) {
    const at::Tensor points = at::randn({count, 3}, at::kDouble);
    EXPECT_TRUE(knn_mean_squared_distance(points, pool).allclose(plain_knn(points), 1e-10, 1e-14));
    const at::Tensor rough = points.to(at::kFloat);
    EXPECT_TRUE(knn_mean_squared_distance(rough, pool).allclose(plain_knn(rough), 1e-4, 1e-9));
  }
}

TEST(KnnMeanSquaredDistance, duplicates_count) {
  ThreadPool pool(1);
  const at::Tensor points = at::tensor({0., 0., 0., 0., 0., 0., 3., 0., 0., 0., 4., 0.}).view({4, 3});
  const at::Tensor means = knn_mean_squared_distance(points, pool);
  EXPECT_NEAR(means[0].item<double>(), (0 + 9 + 16) / 3.0, 1e-12);
  EXPECT_NEAR(means[2].item<double>(), (9 + 9 + 25) / 3.0, 1e-12);
  EXPECT_EQ(knn_mean_squared_distance(at::ones({50, 3}), pool).abs().max().item<float>(), 0.f);
}

TEST(KnnMeanSquaredDistance, refuses_small_and_broken_clouds) {
  ThreadPool pool(1);
  EXPECT_THROW(knn_mean_squared_distance(at::zeros({3, 3}), pool), UserError);
  EXPECT_THROW(knn_mean_squared_distance(at::full({9, 3}, std::nan("")), pool), UserError);
}

TEST(InitialiseSplats, follows_the_authors) {
  ThreadPool pool(2);
  at::manual_seed(2);
  const at::Tensor points = at::randn({60, 3}), colours = at::rand({60, 3});
  const SplatParameters splats = initialise_splats(points, colours, {.feature_dim = 5}, pool);
  splats.check();
  EXPECT_EQ(splats.size(), 60);
  EXPECT_TRUE(splats.means.equal(points));
  EXPECT_TRUE((splats.sh.select(1, 0) * 0.28209479177387814 + 0.5).allclose(colours, 1e-5, 1e-6));
  EXPECT_EQ(splats.sh.slice(1, 1).abs().max().item<float>(), 0.f);
  EXPECT_NEAR(splats.opacity_logits.sigmoid()[7].item<float>(), 0.1f, 1e-6);
  EXPECT_TRUE(splats.log_scales.exp().square().select(1, 2).allclose(plain_knn(points), 1e-4, 1e-7));
  EXPECT_TRUE(splats.quaternions[3].equal(at::tensor({1.f, 0.f, 0.f, 0.f})));
  EXPECT_EQ(splats.features.sizes(), at::IntArrayRef({60, 5}));
  EXPECT_EQ(splats.features.abs().max().item<float>(), 0.f);
}

TEST(InitialiseSplats, duplicates_keep_a_finite_scale) {
  ThreadPool pool(1);
  const auto splats = initialise_splats(at::ones({10, 3}), at::ones({10, 3}), {}, pool);
  EXPECT_NEAR(splats.log_scales[0][0].item<float>(), 0.5 * std::log(1e-7), 1e-5);
}

TEST(InitialiseSplats, morton_order_moves_rows_together) {
  ThreadPool pool(1);
  at::manual_seed(3);
  const at::Tensor points = at::rand({40, 3}), colours = points;
  const auto splats = initialise_splats(points, colours, {.morton_order = true}, pool);
  EXPECT_FALSE(splats.means.equal(points));
  EXPECT_TRUE((splats.sh.select(1, 0) * 0.28209479177387814 + 0.5).allclose(splats.means, 1e-5, 1e-6));
}

TEST(MortonOrder, is_a_permutation_that_groups_octants) {
  std::vector<float> corners;
  for (int copy = 0; copy < 2; ++copy) {
    for (int corner = 0; corner < 8; ++corner) {
      for (int axis = 0; axis < 3; ++axis) corners.push_back(static_cast<float>((corner >> axis) & 1));
    }
  }
  const auto order = morton_order(corners.data(), 16);
  EXPECT_EQ(order, (std::vector<int64_t>{0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15}));
  const float broken[9] = {1, 1, 1, NAN, 0, 0, 0, 0, INFINITY};
  auto any = morton_order(broken, 3);
  EXPECT_EQ(any, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_TRUE(morton_order(nullptr, 0).empty());
}

}  // namespace
}  // namespace retort::splat
