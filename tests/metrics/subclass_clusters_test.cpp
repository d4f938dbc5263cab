// Ward's clusters against the plain definition, and clusters within classes.
#include "metrics/subclass_clusters.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "metrics/ward.h"

namespace retort::metrics {
namespace {

at::Tensor scattered(int64_t rows, int64_t width) {
  RandomGenerator random(8);
  auto values = at::empty({rows, width}, at::kFloat);
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<float>()[i] = float(random.normal());
  return values;
}

double cost_of_union(const at::Tensor& rows, const at::Tensor& a, const at::Tensor& b) {
  const auto spread = [&](const at::Tensor& members) {
    const auto own = rows.index_select(0, members).to(at::kDouble);
    return (own - own.mean(0, true)).square().sum().item<double>();
  };
  return spread(at::cat({a, b})) - spread(a) - spread(b);
}

/// The definition: looks at all pairs before each union.
at::Tensor ward_by_definition(const at::Tensor& rows, int64_t clusters) {
  std::vector<at::Tensor> members;
  for (int64_t row = 0; row < rows.size(0); ++row) members.push_back(at::tensor({row}, at::kLong));
  while (static_cast<int64_t>(members.size()) > clusters) {
    size_t first = 0, second = 1;
    double least = std::numeric_limits<double>::infinity();
    for (size_t a = 0; a < members.size(); ++a)
      for (size_t b = a + 1; b < members.size(); ++b)
        if (const double cost = cost_of_union(rows, members[a], members[b]); cost < least) {
          least = cost;
          first = a;
          second = b;
        }
    members[first] = at::cat({members[first], members[second]});
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(second));
  }
  auto labels = at::empty({rows.size(0)}, at::kLong);
  for (size_t i = 0; i < members.size(); ++i) labels.index_fill_(0, members[i], static_cast<int64_t>(i));
  return labels;
}

TEST(Ward, ChainsGiveTheClustersOfTheDefinition) {
  const auto rows = scattered(24, 3);
  for (const int64_t clusters : {1, 2, 5, 9, 24})
    EXPECT_TRUE(at::equal(ward_clusters(rows, clusters), ward_by_definition(rows, clusters))) << clusters;
}

TEST(Ward, EqualRowsEndTheirChains) {
  const auto labels = ward_clusters(at::zeros({7, 2}), 3);
  EXPECT_EQ(labels.max().item<int64_t>(), 2);
  EXPECT_EQ(labels[0].item<int64_t>(), 0);
}

TEST(SubclassCentres, LieInTheirClassAndFarWhereSamplesAreFew) {
  const auto rows = scattered(20, 3);
  auto labels = at::zeros({20}, at::kLong);
  labels.slice(0, 12, 14).fill_(1);  // two samples
  labels.slice(0, 14, 20).fill_(3);  // none of class 2
  for (const auto kind : {ClusterKind::kmeans, ClusterKind::agglomerative}) {
    const auto centres = subclass_centres(rows, labels, 4, 3, kind, RandomTree(1));
    EXPECT_TRUE(centres[0].isfinite().all().item<bool>());
    EXPECT_EQ(centres[1].isfinite().all(1).sum().item<int64_t>(), 2);
    EXPECT_FALSE(centres[2].isfinite().any().item<bool>());
    // Each of the two samples is a cluster of its own.
    const auto own = rows.slice(0, 12, 14), nearest = nearest_subclasses(own, centres);
    EXPECT_TRUE(at::allclose(nearest.select(1, 1).matmul(at::nan_to_num(centres[1], 0, 0, 0)), own, 1e-5, 1e-6));
    EXPECT_TRUE(at::equal(nearest.sum(2), at::ones({2, 4})));
  }
}

}  // namespace
}  // namespace retort::metrics
