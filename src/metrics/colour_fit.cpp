#include "metrics/colour_fit.h"

#include <ATen/ATen.h>

#include <Eigen/Dense>

#include "core/errors.h"

namespace retort::metrics {

namespace {
constexpr double fit_ridge = 1e-9;  // of a pixel's share: keeps colours that don't vary where they are
}  // namespace

at::Tensor fit_colours(const at::Tensor& image, const at::Tensor& target, const std::optional<at::Tensor>& mask) {
  RT_CHECK(image.dim() == 3 && image.size(0) == 3 && image.sizes() == target.sizes(),
           "colour fit: the image has {} values, the target {}; both are [3,H,W]", image.numel(), target.numel());
  const at::Tensor ours = image.to(at::kFloat).contiguous(), theirs = target.to(at::kFloat).contiguous();
  const int64_t pixels = ours.numel() / 3;
  at::Tensor counted = at::ones({pixels}, at::kBool);
  if (mask) counted = mask->to(at::kBool).reshape({-1}).contiguous();
  RT_CHECK(counted.numel() == pixels, "colour fit: a mask of {} pixels for {}", counted.numel(), pixels);
  const float *from = ours.data_ptr<float>(), *to = theirs.data_ptr<float>();
  const bool* counts = counted.data_ptr<bool>();
  // The change from the identity is fitted, so that the ridge holds to the identity.
  Eigen::Matrix4d moments = Eigen::Matrix4d::Zero();
  Eigen::Matrix<double, 4, 3> products = Eigen::Matrix<double, 4, 3>::Zero();
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    if (!counts[pixel]) continue;
    const Eigen::Vector4d colour(from[pixel], from[pixels + pixel], from[2 * pixels + pixel], 1);
    const Eigen::Vector3d missing(to[pixel] - colour[0], to[pixels + pixel] - colour[1],
                                  to[2 * pixels + pixel] - colour[2]);
    moments += colour * colour.transpose();
    products += colour * missing.transpose();
  }
  moments.diagonal().array() += fit_ridge * static_cast<double>(pixels);
  const Eigen::Matrix<double, 4, 3> change = moments.ldlt().solve(products);
  at::Tensor fitted = at::empty_like(ours);
  float* out = fitted.data_ptr<float>();
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const Eigen::Vector4d colour(from[pixel], from[pixels + pixel], from[2 * pixels + pixel], 1);
    const Eigen::Vector3d shown = colour.head<3>() + change.transpose() * colour;
    for (int64_t channel = 0; channel < 3; ++channel)
      out[channel * pixels + pixel] = static_cast<float>(shown[channel]);
  }
  return fitted;
}

}  // namespace retort::metrics
