#include "metrics/frechet.h"

#include <Eigen/Eigenvalues>

#include "core/registries.h"
#include "metrics/eigen_views.h"
#include "run/parity.h"

namespace retort::metrics {

namespace {

/// Root of a symmetric matrix; eigenvalues that rounding made negative count as zero.
RowMatrix symmetric_root(const RowMatrix& matrix) {
  const Eigen::SelfAdjointEigenSolver<RowMatrix> solver(matrix);
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  return solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose();
}

double distance_of_gaussians(const Eigen::VectorXd& mean_a, const RowMatrix& covariance_a,
                             const Eigen::VectorXd& mean_b, const RowMatrix& covariance_b) {
  const RowMatrix root = symmetric_root(covariance_a);
  const RowMatrix product = root * covariance_b * root;
  const Eigen::SelfAdjointEigenSolver<RowMatrix> solver((product + product.transpose()) / 2, Eigen::EigenvaluesOnly);
  const double trace_of_root = solver.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
  return (mean_a - mean_b).squaredNorm() + covariance_a.trace() + covariance_b.trace() - 2 * trace_of_root;
}

struct Moments {
  Eigen::VectorXd mean;
  RowMatrix covariance;
};

Moments moments_of(const at::Tensor& features) {
  RowMatrix rows = to_matrix(features, "frechet distance: features");
  RT_CHECK(rows.rows() >= 2, "frechet distance: {} rows of features, at least 2 are needed", rows.rows());
  Moments moments;
  moments.mean = rows.colwise().mean();
  rows.rowwise() -= moments.mean.transpose();
  moments.covariance = rows.transpose() * rows / static_cast<double>(rows.rows() - 1);
  return moments;
}

}  // namespace

double frechet_distance(const at::Tensor& features_a, const at::Tensor& features_b) {
  const Moments a = moments_of(features_a), b = moments_of(features_b);
  RT_CHECK(a.mean.size() == b.mean.size(), "frechet distance: features of {} and {} dimensions", a.mean.size(),
           b.mean.size());
  return distance_of_gaussians(a.mean, a.covariance, b.mean, b.covariance);
}

double frechet_distance_from_moments(const at::Tensor& mean_a, const at::Tensor& covariance_a, const at::Tensor& mean_b,
                                     const at::Tensor& covariance_b) {
  const auto first_mean = to_vector(mean_a, "frechet distance: mean"), second_mean = to_vector(mean_b, "mean");
  const auto first = to_matrix(covariance_a, "frechet distance: covariance"),
             second = to_matrix(covariance_b, "frechet distance: covariance");
  const auto dimensions = first_mean.size();
  RT_CHECK(second_mean.size() == dimensions && first.rows() == dimensions && first.cols() == dimensions &&
               second.rows() == dimensions && second.cols() == dimensions,
           "frechet distance: means [{}], [{}], covariances [{},{}], [{},{}]", dimensions, second_mean.size(),
           first.rows(), first.cols(), second.rows(), second.cols());
  return distance_of_gaussians(first_mean, first, second_mean, second);
}

}  // namespace retort::metrics

namespace retort {

void register_frechet(Registries& registries) {
  registries.parity.add("metrics.frechet_distance",
                        {.summary = "Frechet distance of two clouds of features",
                         .source = "NVlabs/edm @008a4e5316, fid.py calculate_inception_stats and "
                                   "calculate_fid_from_inception_stats",
                         .inputs = {{"a", "[N,D]"}, {"b", "[M,D]"}},
                         .outputs = {{"value", "[]"}},
                         .run = [](run::ParityCall& call) {
                           const double value = metrics::frechet_distance(call.input("a"), call.input("b"));
                           call.output("value", at::scalar_tensor(value, at::kDouble));
                         }});
  registries.parity.add(
      "metrics.frechet_distance_from_moments",
      {.summary = "Frechet distance of two Gaussians",
       .source = "NVlabs/edm @008a4e5316, fid.py calculate_fid_from_inception_stats",
       .inputs = {{"mean_a", "[D]"}, {"covariance_a", "[D,D]"}, {"mean_b", "[D]"}, {"covariance_b", "[D,D]"}},
       .outputs = {{"value", "[]"}},
       .run = [](run::ParityCall& call) {
         const double value = metrics::frechet_distance_from_moments(call.input("mean_a"), call.input("covariance_a"),
                                                                     call.input("mean_b"), call.input("covariance_b"));
         call.output("value", at::scalar_tensor(value, at::kDouble));
       }});
}

}  // namespace retort
