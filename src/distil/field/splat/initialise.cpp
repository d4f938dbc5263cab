#include "distil/field/splat/initialise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nanoflann.hpp>

#include "core/errors.h"
#include "core/registries.h"
#include "distil/field/splat/morton.h"
#include "run/parity.h"

namespace retort::splat {

namespace {

constexpr int knn_neighbours = 3;
constexpr int64_t queries_per_task = 1024;
constexpr double sh_constant = 0.28209479177387814;  // value of the constant basis function

/// What nanoflann asks of a point cloud; its names are not ours.
template <class Real>
struct PointCloud {
  const Real* points;
  int64_t count;
  size_t kdtree_get_point_count() const { return static_cast<size_t>(count); }
  Real kdtree_get_pt(size_t index, size_t axis) const { return points[3 * index + axis]; }
  template <class Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};

template <class Real>
void knn_means(const Real* points, int64_t count, Real* means, ThreadPool& pool) {
  const PointCloud<Real> cloud{points, count};
  using Tree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<Real, PointCloud<Real>>,
                                                   PointCloud<Real>, 3, int64_t>;
  const Tree tree(3, cloud, nanoflann::KDTreeSingleIndexAdaptorParams(10));
  const int64_t tasks = (count + queries_per_task - 1) / queries_per_task;
  pool.run(tasks, [&](int64_t task) {
    std::array<int64_t, knn_neighbours + 1> indices;
    std::array<Real, knn_neighbours + 1> squared;
    for (int64_t i = task * queries_per_task; i < std::min(count, (task + 1) * queries_per_task); ++i) {
      tree.knnSearch(points + 3 * i, squared.size(), indices.data(), squared.data());
      // The nearest has distance 0: the point itself, or a duplicate in its place.
      Real sum = 0;
      for (int neighbour = 1; neighbour <= knn_neighbours; ++neighbour) sum += squared[neighbour];
      means[i] = sum / knn_neighbours;
    }
  });
}

void require_cloud(const at::Tensor& points) {
  RT_CHECK(points.dim() == 2 && points.size(1) == 3, "points are [P,3]");
  if (points.size(0) <= knn_neighbours) {
    user_error("the point cloud has {} points; at least {} are needed", points.size(0), knn_neighbours + 1);
  }
  if (!points.isfinite().all().item<bool>()) user_error("the point cloud has coordinates that are not finite");
}

}  // namespace

at::Tensor knn_mean_squared_distance(const at::Tensor& points, ThreadPool& pool) {
  require_cloud(points);
  const at::Tensor cloud = points.detach().contiguous();
  at::Tensor means = at::empty({cloud.size(0)}, cloud.options());
  if (cloud.scalar_type() == at::kDouble) {
    knn_means(cloud.data_ptr<double>(), cloud.size(0), means.data_ptr<double>(), pool);
  } else {
    knn_means(cloud.data_ptr<float>(), cloud.size(0), means.data_ptr<float>(), pool);
  }
  return means;
}

SplatParameters initialise_splats(const at::Tensor& points, const at::Tensor& colours, const InitialiseOptions& options,
                                  ThreadPool& pool) {
  require_cloud(points);
  RT_CHECK(colours.sizes() == points.sizes(), "{} points, {} colour values", points.size(0), colours.numel());
  RT_CHECK(options.opacity > 0 && options.opacity < 1, "initial opacity {} is not between 0 and 1", options.opacity);
  at::Tensor positions = points.detach().to(at::kFloat).contiguous().clone();
  at::Tensor shades = colours.detach().to(at::kFloat);
  if (options.morton_order) {
    const auto order = morton_order(positions.data_ptr<float>(), positions.size(0));
    const at::Tensor index = at::tensor(order, at::kLong);
    positions = positions.index_select(0, index);
    shades = shades.index_select(0, index);
  }
  const int64_t splats = positions.size(0);
  SplatParameters parameters;
  parameters.sh = at::zeros({splats, 16, 3});
  parameters.sh.select(1, 0).copy_((shades - 0.5) / sh_constant);
  parameters.opacity_logits = at::full({splats}, std::log(options.opacity / (1 - options.opacity)), at::kFloat);
  const at::Tensor squared = knn_mean_squared_distance(positions, pool).clamp_min(options.min_squared_scale);
  parameters.log_scales = (squared.sqrt() * options.scale_factor).log().unsqueeze(1).repeat({1, 3}).contiguous();
  parameters.quaternions = at::zeros({splats, 4});
  parameters.quaternions.select(1, 0).fill_(1);
  parameters.features = at::zeros({splats, options.feature_dim});
  parameters.means = positions;
  parameters.check();
  return parameters;
}

}  // namespace retort::splat

namespace retort {

void register_initialise(Registries& registries) {
  registries.parity.add("field.splat.knn_mean_squared_distance",
                        {.summary = "mean squared distance to the 3 nearest other points",
                         .source = "definition of simple-knn distCUDA2",
                         .inputs = {{"points", "[P,3]"}},
                         .outputs = {{"value", "[P]"}},
                         .run = [](run::ParityCall& call) {
                           ThreadPool pool(1);
                           call.output("value", splat::knn_mean_squared_distance(call.input("points"), pool));
                         }});
}

}  // namespace retort
