// Tensors as Eigen matrices, in float64: the dense algebra of this room does not depend on which LAPACK torch was built
// with.
#pragma once

#include <ATen/core/Tensor.h>

#include <Eigen/Dense>

namespace retort::metrics {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Copies a [rows,columns] tensor.
RowMatrix to_matrix(const at::Tensor& tensor, const char* what);
/// Copies an [n] tensor.
Eigen::VectorXd to_vector(const at::Tensor& tensor, const char* what);

}  // namespace retort::metrics
