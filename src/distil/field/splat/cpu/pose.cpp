#include "distil/field/splat/cpu/splat_types.h"

namespace retort::splat {

std::array<double, 6> se3_left_gradient(const double* gradient, const field::Matrix4& world_to_camera) {
  // d(exp(xi^) W) = [omega]x [R t] + [0 v] at xi = 0, so dL/dv = g_t and dL/domega = sum over columns of column x
  // gradient.
  std::array<double, 6> result = {gradient[3], gradient[7], gradient[11], 0, 0, 0};
  for (int column = 0; column < 4; ++column) {
    const double w[3] = {world_to_camera[column], world_to_camera[4 + column], world_to_camera[8 + column]};
    const double g[3] = {gradient[column], gradient[4 + column], gradient[8 + column]};
    result[3] += w[1] * g[2] - w[2] * g[1];
    result[4] += w[2] * g[0] - w[0] * g[2];
    result[5] += w[0] * g[1] - w[1] * g[0];
  }
  return result;
}

}  // namespace retort::splat
