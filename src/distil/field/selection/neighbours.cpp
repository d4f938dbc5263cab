#include "distil/field/selection/neighbours.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <nanoflann.hpp>

#include "core/errors.h"

namespace retort::field {

namespace {

constexpr int64_t neighbour_queries_per_task = 1024;

/// What nanoflann asks of a point cloud; its names are not ours. Only the points that take part.
struct LivingPoints {
  std::vector<float> values;    ///< [M,3]
  std::vector<int32_t> splats;  ///< [M] their rows
  size_t kdtree_get_point_count() const { return splats.size(); }
  float kdtree_get_pt(size_t index, size_t axis) const { return values[3 * index + axis]; }
  template <class Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};

LivingPoints living_points(const at::Tensor& means, const at::Tensor& alive) {
  const auto whole = means.contiguous();
  const auto mask = alive.defined() ? alive.contiguous() : at::Tensor();
  LivingPoints points;
  for (int64_t splat = 0; splat < whole.size(0); ++splat) {
    if (mask.defined() && !mask.data_ptr<bool>()[splat]) continue;
    const float* mean = whole.data_ptr<float>() + 3 * splat;
    if (!std::isfinite(mean[0]) || !std::isfinite(mean[1]) || !std::isfinite(mean[2])) continue;
    points.values.insert(points.values.end(), mean, mean + 3);
    points.splats.push_back(static_cast<int32_t>(splat));
  }
  return points;
}

using PointTree =
    nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, LivingPoints>, LivingPoints, 3, int64_t>;

void check_mask(const at::Tensor& mask, const SplatNeighbours& neighbours) {
  RT_CHECK(mask.dim() == 1 && mask.scalar_type() == at::kBool && mask.size(0) == neighbours.indices.size(0),
           "selection: the mask is no bool [{}]", neighbours.indices.size(0));
}

}  // namespace

SplatNeighbours find_neighbours(const at::Tensor& means, int k, ThreadPool& pool, const at::Tensor& alive) {
  RT_CHECK(means.dim() == 2 && means.size(1) == 3 && means.scalar_type() == at::kFloat && k >= 1,
           "neighbours: means are float32 [P,3], k at least 1");
  const int64_t count = means.size(0);
  RT_CHECK(!alive.defined() || (alive.dim() == 1 && alive.size(0) == count && alive.scalar_type() == at::kBool),
           "neighbours: alive is no bool [{}]", count);
  SplatNeighbours found{.indices = at::arange(count, at::kInt).unsqueeze(1).repeat({1, k}).contiguous(),
                        .distances = at::zeros({count, k}, at::kFloat)};
  const auto points = living_points(means, alive);
  const auto living = static_cast<int64_t>(points.splats.size());
  if (living < 2) return found;
  const PointTree tree(3, points, nanoflann::KDTreeSingleIndexAdaptorParams(10));
  int32_t* indices = found.indices.data_ptr<int32_t>();
  float* distances = found.distances.data_ptr<float>();
  pool.run((living + neighbour_queries_per_task - 1) / neighbour_queries_per_task, [&](int64_t task) {
    std::vector<int64_t> rows(static_cast<size_t>(k) + 1);
    std::vector<float> squared(static_cast<size_t>(k) + 1);
    const int64_t end = std::min(living, (task + 1) * neighbour_queries_per_task);
    for (int64_t point = task * neighbour_queries_per_task; point < end; ++point) {
      const auto got = static_cast<int64_t>(
          tree.knnSearch(points.values.data() + 3 * point, rows.size(), rows.data(), squared.data()));
      const int64_t splat = points.splats[point];
      int taken = 0;
      // The point itself is among them, but not always first: others may lie in its very place.
      for (int64_t i = 0; i < got && taken < k; ++i) {
        if (rows[i] == point) continue;
        indices[splat * k + taken] = points.splats[rows[i]];
        distances[splat * k + taken++] = std::sqrt(squared[i]);
      }
    }
  });
  return found;
}

at::Tensor grown(const at::Tensor& mask, const SplatNeighbours& neighbours, int rings, double reach) {
  check_mask(mask, neighbours);
  const int64_t count = mask.size(0), k = neighbours.indices.size(1);
  const int32_t* index = neighbours.indices.data_ptr<int32_t>();
  const float* distance = neighbours.distances.data_ptr<float>();
  auto result = mask.clone();
  for (int ring = 0; ring < rings; ++ring) {
    const auto before = result.clone();
    const bool* in = before.data_ptr<bool>();
    bool* out = result.data_ptr<bool>();
    for (int64_t edge = 0; edge < count * k; ++edge) {
      if (reach > 0 && distance[edge] > reach) continue;
      const int64_t from = edge / k, to = index[edge];
      if (in[from]) out[to] = true;
      if (in[to]) out[from] = true;
    }
  }
  return result;
}

at::Tensor shrunk(const at::Tensor& mask, const SplatNeighbours& neighbours, int rings, double reach) {
  return ~grown(~mask, neighbours, rings, reach);
}

SplatGraph graph_of(const SplatNeighbours& neighbours) {
  const int64_t count = neighbours.indices.size(0), k = neighbours.indices.size(1);
  const int32_t* index = neighbours.indices.data_ptr<int32_t>();
  const float* distance = neighbours.distances.data_ptr<float>();
  SplatGraph graph;
  graph.offsets.assign(count + 1, 0);
  const auto for_each_edge = [&](const auto& take) {
    for (int64_t edge = 0; edge < count * k; ++edge) {
      const int64_t from = edge / k, to = index[edge];
      if (to != from) take(from, to, distance[edge]);
    }
  };
  for_each_edge([&](int64_t from, int64_t to, float) {
    ++graph.offsets[from + 1];
    ++graph.offsets[to + 1];
  });
  for (int64_t splat = 0; splat < count; ++splat) graph.offsets[splat + 1] += graph.offsets[splat];
  graph.targets.resize(graph.offsets[count]);
  graph.lengths.resize(graph.offsets[count]);
  auto next = graph.offsets;
  for_each_edge([&](int64_t from, int64_t to, float length) {
    graph.targets[next[from]] = static_cast<int32_t>(to);
    graph.lengths[next[from]++] = length;
    graph.targets[next[to]] = static_cast<int32_t>(from);
    graph.lengths[next[to]++] = length;
  });
  graph.spacing.resize(count);
  for (int64_t splat = 0; splat < count; ++splat) graph.spacing[splat] = distance[splat * k + k / 2];
  return graph;
}

}  // namespace retort::field
