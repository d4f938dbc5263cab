#include "metrics/eigen_views.h"

#include "core/errors.h"

namespace retort::metrics {

RowMatrix to_matrix(const at::Tensor& tensor, const char* what) {
  RT_CHECK(tensor.dim() == 2, "{} has {} dimensions, should have 2", what, tensor.dim());
  const at::Tensor values = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  return Eigen::Map<const RowMatrix>(values.data_ptr<double>(), values.size(0), values.size(1));
}

Eigen::VectorXd to_vector(const at::Tensor& tensor, const char* what) {
  RT_CHECK(tensor.dim() == 1, "{} has {} dimensions, should have 1", what, tensor.dim());
  const at::Tensor values = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  return Eigen::Map<const Eigen::VectorXd>(values.data_ptr<double>(), values.size(0));
}

}  // namespace retort::metrics
