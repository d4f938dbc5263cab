// k-means and principal components on rows whose answer is known.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/errors.h"
#include "metrics/kmeans.h"
#include "metrics/pca.h"

namespace retort::metrics {
namespace {

// Rows around (0,0), (10,0), (0,10), in turn.
at::Tensor three_heaps(int64_t count) {
  RandomGenerator random(4);
  auto rows = at::empty({count, 2}, at::kFloat);
  float* values = rows.data_ptr<float>();
  for (int64_t row = 0; row < count; ++row) {
    values[2 * row] = float((row % 3 == 1) * 10 + 0.3 * random.normal());
    values[2 * row + 1] = float((row % 3 == 2) * 10 + 0.3 * random.normal());
  }
  return rows;
}

TEST(Kmeans, FindsSeparateHeaps) {
  ThreadPool pool(2);
  const auto rows = three_heaps(600);
  const auto clusters = fit_kmeans(rows, {.clusters = 3}, RandomGenerator(1), pool);
  for (int64_t row = 3; row < 600; ++row) {
    EXPECT_EQ(clusters.labels[row].item<int64_t>(), clusters.labels[row % 3].item<int64_t>()) << row;
  }
  std::set<int64_t> used;
  for (int64_t row = 0; row < 3; ++row) used.insert(clusters.labels[row].item<int64_t>());
  EXPECT_EQ(used.size(), 3u);
  EXPECT_LT(clusters.inertia, 0.3);
  EXPECT_TRUE(at::equal(nearest_centre(rows, clusters.centres, pool), clusters.labels));
}

TEST(Kmeans, SameBitsForAnyThreadCount) {
  ThreadPool one(1), three(3);
  const auto rows = three_heaps(1000);
  const auto a = fit_kmeans(rows, {.clusters = 16}, RandomGenerator(2), one);
  const auto b = fit_kmeans(rows, {.clusters = 16}, RandomGenerator(2), three);
  EXPECT_TRUE(at::equal(a.centres, b.centres));
  EXPECT_TRUE(at::equal(a.labels, b.labels));
}

TEST(Kmeans, EqualRowsAndTooFewRows) {
  ThreadPool pool(2);
  const auto same = fit_kmeans(at::ones({20, 3}), {.clusters = 4}, RandomGenerator(1), pool);
  EXPECT_EQ(same.inertia, 0);
  EXPECT_THROW(fit_kmeans(at::ones({3, 3}), {.clusters = 4}, RandomGenerator(1), pool), Fault);
}

TEST(Pca, FindsTheDirectionOfAStretchedCloud) {
  RandomGenerator random(3);
  auto rows = at::empty({500, 3}, at::kFloat);
  const double direction[3] = {0.6, 0, -0.8};
  for (int64_t row = 0; row < 500; ++row) {
    const double along = 5 * random.normal();
    for (int64_t axis = 0; axis < 3; ++axis) {
      rows.data_ptr<float>()[3 * row + axis] = float(2 + along * direction[axis] + 0.1 * random.normal());
    }
  }
  const auto pca = fit_pca(rows, 2);
  EXPECT_NEAR(pca.components[0][0].item<double>(), -0.6, 0.01);
  EXPECT_NEAR(pca.components[0][2].item<double>(), 0.8, 0.01) << "the largest entry is positive";
  EXPECT_NEAR(pca.variance[0].item<double>(), 25, 4);
  EXPECT_NEAR(pca.variance[1].item<double>(), 0.01, 0.003);
  EXPECT_NEAR(at::mm(pca.components, pca.components.t())[0][1].item<double>(), 0, 1e-6);
  EXPECT_THROW(fit_pca(rows, 4), Fault);
}

}  // namespace
}  // namespace retort::metrics
