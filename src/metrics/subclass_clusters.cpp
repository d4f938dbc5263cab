#include "metrics/subclass_clusters.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "core/thread_pool.h"
#include "metrics/kmeans.h"
#include "metrics/ward.h"

namespace retort::metrics {

namespace {

constexpr int64_t most_for_ward = 4096;  // a few seconds

at::Tensor ward_centres(at::Tensor rows, int64_t clusters) {
  if (rows.size(0) > most_for_ward)
    rows = rows.index_select(0, at::linspace(0, rows.size(0) - 1, most_for_ward, at::kDouble).to(at::kLong));
  const auto labels = ward_clusters(rows, clusters);
  auto centres = at::empty({clusters, rows.size(1)}, at::kFloat);
  for (int64_t cluster = 0; cluster < clusters; ++cluster)
    centres[cluster].copy_(rows.index_select(0, labels.eq(cluster).nonzero().squeeze(1)).mean(0));
  return centres;
}

}  // namespace

at::Tensor subclass_centres(const at::Tensor& rows, const at::Tensor& labels, int64_t classes, int64_t subclasses,
                            ClusterKind kind, RandomTree random) {
  ThreadPool pool(1);
  const auto all = rows.detach().to(at::kCPU, at::kFloat), classes_of = labels.to(at::kCPU);
  auto centres = at::full({classes, subclasses, rows.size(1)}, std::numeric_limits<float>::infinity());
  for (int64_t index = 0; index < classes; ++index) {
    const auto members = all.index_select(0, classes_of.eq(index).nonzero().squeeze(1)).contiguous();
    const int64_t clusters = std::min(subclasses, members.size(0));
    if (clusters == 0) continue;
    centres[index]
        .slice(0, 0, clusters)
        .copy_(kind == ClusterKind::agglomerative
                   ? ward_centres(members, clusters)
                   : fit_kmeans(members, {.clusters = clusters}, random.child(static_cast<uint64_t>(index)).generator(),
                                pool)
                         .centres);
  }
  return centres;
}

at::Tensor nearest_subclasses(const at::Tensor& rows, const at::Tensor& centres) {
  const auto differences = rows.view({rows.size(0), 1, 1, rows.size(1)}) - centres.to(rows.scalar_type());
  const auto nearest = differences.square().sum(3).argmin(2);  // [B,C]
  return at::one_hot(nearest, centres.size(1)).to(rows.scalar_type());
}

}  // namespace retort::metrics
