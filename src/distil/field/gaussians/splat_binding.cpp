#include "distil/field/gaussians/splat_binding.h"

#include <ATen/ATen.h>

namespace retort::field {

namespace {
constexpr int64_t stored_coefficients = 16;

at::Tensor tensor_of(const std::vector<float>& values, at::IntArrayRef shape) {
  return values.empty() ? at::zeros(shape, at::kFloat) : at::tensor(values).view(shape).clone();
}

std::vector<float> values_of(const at::Tensor& tensor) {
  const auto whole = tensor.contiguous();
  return {whole.data_ptr<float>(), whole.data_ptr<float>() + whole.numel()};
}
}  // namespace

GaussianField field_from(const SplatCloud& cloud) {
  cloud.check();
  const int64_t size = cloud.size();
  GaussianField field;
  field.sh_degree = cloud.sh_degree;
  field.splats.means = tensor_of(cloud.means, {size, 3});
  field.splats.quaternions = tensor_of(cloud.quaternions, {size, 4});
  field.splats.log_scales = tensor_of(cloud.log_scales, {size, 3});
  field.splats.opacity_logits = tensor_of(cloud.opacity_logits, {size});
  field.splats.features = tensor_of(cloud.features, {size, cloud.feature_dim});
  field.splats.sh = at::zeros({size, stored_coefficients, 3}, at::kFloat);
  field.splats.sh.slice(1, 0, cloud.coefficients()).copy_(tensor_of(cloud.sh, {size, cloud.coefficients(), 3}));
  field.splats.check();
  return field;
}

SplatCloud cloud_of(const GaussianField& field, bool with_features) {
  SplatCloud cloud;
  cloud.sh_degree = static_cast<int>(field.sh_degree);
  cloud.means = values_of(field.splats.means);
  cloud.quaternions = values_of(field.splats.quaternions);
  cloud.log_scales = values_of(field.splats.log_scales);
  cloud.opacity_logits = values_of(field.splats.opacity_logits);
  cloud.sh = values_of(field.splats.sh.slice(1, 0, cloud.coefficients()));
  if (with_features) {
    cloud.feature_dim = field.feature_dim();
    cloud.features = values_of(field.splats.features);
  }
  return cloud;
}

}  // namespace retort::field
