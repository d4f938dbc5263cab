#include "metrics/pca.h"

#include <ATen/ATen.h>

#include <Eigen/Eigenvalues>

#include "core/errors.h"
#include "metrics/eigen_views.h"

namespace retort::metrics {

Pca fit_pca(const at::Tensor& rows, int64_t count) {
  RT_CHECK(rows.dim() == 2 && rows.size(0) >= 1 && count >= 1 && count <= rows.size(1), "pca: {} components of rows",
           count);
  RowMatrix centred = to_matrix(rows, "pca: rows");
  const Eigen::RowVectorXd mean = centred.colwise().mean();
  centred.rowwise() -= mean;
  const Eigen::MatrixXd covariance = centred.transpose() * centred / static_cast<double>(rows.size(0));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);  // eigenvalues ascend
  Pca pca{.mean = at::empty({rows.size(1)}, at::kDouble),
          .components = at::empty({count, rows.size(1)}, at::kDouble),
          .variance = at::empty({count}, at::kDouble)};
  std::copy_n(mean.data(), mean.size(), pca.mean.data_ptr<double>());
  for (int64_t row = 0; row < count; ++row) {
    const int64_t index = rows.size(1) - 1 - row;
    Eigen::VectorXd component = solver.eigenvectors().col(index);
    Eigen::Index largest = 0;
    component.cwiseAbs().maxCoeff(&largest);
    if (component[largest] < 0) component = -component;
    std::copy_n(component.data(), component.size(), pca.components.data_ptr<double>() + row * rows.size(1));
    pca.variance.data_ptr<double>()[row] = std::max(0.0, solver.eigenvalues()[index]);
  }
  return {pca.mean.to(at::kFloat), pca.components.to(at::kFloat), pca.variance.to(at::kFloat)};
}

}  // namespace retort::metrics
