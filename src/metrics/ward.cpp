#include "metrics/ward.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "core/errors.h"
#include "io/array.h"

namespace retort::metrics {

namespace {

/// Two clusters, named by one of their rows each, that became one.
struct WardMerge {
  int64_t first, second;
  double height;  ///< what the squared distances grew by
};

/// Clusters as means and sizes; merged ones live on under the number of one of the two.
class WardClusters {
 public:
  explicit WardClusters(const at::Tensor& rows)
      : means_(rows.to(at::kDouble).contiguous().clone()),
        width_(rows.size(1)),
        sizes_(static_cast<size_t>(rows.size(0)), 1) {
    active_.resize(sizes_.size());
    std::iota(active_.begin(), active_.end(), 0);
  }

  const std::vector<int64_t>& active() const { return active_; }

  /// What a union adds to the squared distances from the means.
  double cost(int64_t a, int64_t b) const {
    const double *of_a = mean(a), *of_b = mean(b);
    double square = 0;
    for (int64_t i = 0; i < width_; ++i) square += (of_a[i] - of_b[i]) * (of_a[i] - of_b[i]);
    return square * size(a) * size(b) / (size(a) + size(b));
  }

  /// The cluster that `a` is cheapest to unite with; `preferred` among equals, else the lowest number.
  int64_t nearest(int64_t a, int64_t preferred) const {
    int64_t best = preferred;
    double least = preferred < 0 ? std::numeric_limits<double>::infinity() : cost(a, preferred);
    for (const int64_t b : active_) {
      if (b == a || b == preferred) continue;
      const double found = cost(a, b);
      if (found < least || best < 0) {
        least = found;
        best = b;
      }
    }
    return best;
  }

  /// Of the two `a` lives on.
  void unite(int64_t a, int64_t b) {
    double* of_a = mean(a);
    const double* of_b = mean(b);
    const double share = size(b) / (size(a) + size(b));
    for (int64_t i = 0; i < width_; ++i) of_a[i] += share * (of_b[i] - of_a[i]);
    sizes_[static_cast<size_t>(a)] += size(b);
    active_.erase(std::lower_bound(active_.begin(), active_.end(), b));
  }

 private:
  double* mean(int64_t cluster) { return means_.data_ptr<double>() + cluster * width_; }
  const double* mean(int64_t cluster) const { return means_.const_data_ptr<double>() + cluster * width_; }
  double size(int64_t cluster) const { return sizes_[static_cast<size_t>(cluster)]; }

  at::Tensor means_;
  int64_t width_;
  std::vector<double> sizes_;
  std::vector<int64_t> active_;  ///< rising
};

/// All N - 1 merges. Chains of nearest neighbours find them out of order, which Ward's cost allows.
std::vector<WardMerge> ward_merges(const at::Tensor& rows) {
  WardClusters clusters(rows);
  std::vector<WardMerge> merges;
  std::vector<int64_t> chain;
  while (clusters.active().size() > 1) {
    if (chain.empty()) chain.push_back(clusters.active().front());
    const int64_t end = chain.back(), before = chain.size() > 1 ? chain[chain.size() - 2] : -1;
    const int64_t next = clusters.nearest(end, before);
    if (next != before) {
      chain.push_back(next);
      continue;
    }
    merges.push_back({end, before, clusters.cost(end, before)});
    clusters.unite(std::min(end, before), std::max(end, before));
    chain.resize(chain.size() - 2);
  }
  return merges;
}

}  // namespace

at::Tensor ward_clusters(const at::Tensor& rows, int64_t clusters) {
  RT_CHECK(rows.dim() == 2 && clusters >= 1 && clusters <= rows.size(0), "ward: rows {}, {} clusters",
           io::shape_text(rows.sizes().vec()), clusters);
  auto merges = ward_merges(rows);
  // Costs never fall from a merge to the one that takes its cluster in: the cheapest are the ones that came first.
  std::stable_sort(merges.begin(), merges.end(), [](const auto& a, const auto& b) { return a.height < b.height; });
  merges.resize(static_cast<size_t>(rows.size(0) - clusters));
  std::vector<int64_t> leader(static_cast<size_t>(rows.size(0)));
  std::iota(leader.begin(), leader.end(), 0);
  const auto leader_of = [&](int64_t row) {
    while (leader[static_cast<size_t>(row)] != row) row = leader[static_cast<size_t>(row)];
    return row;
  };
  for (const auto& merge : merges) {
    const int64_t a = leader_of(merge.first), b = leader_of(merge.second);
    leader[static_cast<size_t>(std::max(a, b))] = std::min(a, b);
  }
  std::vector<int64_t> number(leader.size(), -1);
  auto labels = at::empty({rows.size(0)}, at::kLong);
  int64_t found = 0;
  for (int64_t row = 0; row < rows.size(0); ++row) {
    auto& of_leader = number[static_cast<size_t>(leader_of(row))];
    if (of_leader < 0) of_leader = found++;
    labels.data_ptr<int64_t>()[row] = of_leader;
  }
  return labels;
}

}  // namespace retort::metrics
