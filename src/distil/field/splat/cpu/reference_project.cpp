#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "distil/field/splat/cpu/reference.h"
#include "distil/field/splat/cpu/spherical_harmonics.h"
#include "distil/field/splat/cpu/splat_constants.h"

namespace retort::splat::reference {

namespace {

template <class Real>
struct Mat3 {
  Real m[3][3] = {};
};

template <class Real>
Mat3<Real> multiply(const Mat3<Real>& a, const Mat3<Real>& b) {
  Mat3<Real> c;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) c.m[i][j] += a.m[i][k] * b.m[k][j];
  return c;
}

template <class Real>
Mat3<Real> rotation_matrix(const Real* q) {
  const Real w = q[0], x = q[1], y = q[2], z = q[3];
  return {{{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
           {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
           {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}}};
}

/// Gradient of rotation_matrix() with respect to the unit quaternion.
template <class Real>
void rotation_matrix_backward(const Real* q, const Mat3<Real>& g, Real* dq) {
  const Real w = q[0], x = q[1], y = q[2], z = q[3];
  const auto& m = g.m;
  dq[0] = 2 * (x * (m[2][1] - m[1][2]) + y * (m[0][2] - m[2][0]) + z * (m[1][0] - m[0][1]));
  dq[1] =
      2 * (w * (m[2][1] - m[1][2]) + y * (m[0][1] + m[1][0]) + z * (m[0][2] + m[2][0])) - 4 * x * (m[1][1] + m[2][2]);
  dq[2] =
      2 * (w * (m[0][2] - m[2][0]) + x * (m[0][1] + m[1][0]) + z * (m[1][2] + m[2][1])) - 4 * y * (m[0][0] + m[2][2]);
  dq[3] =
      2 * (w * (m[1][0] - m[0][1]) + x * (m[0][2] + m[2][0]) + y * (m[1][2] + m[2][1])) - 4 * z * (m[0][0] + m[1][1]);
}

/// Everything that the forward and the backward pass of one splat share.
template <class Real>
struct SplatView {
  Real p[3];            ///< position in the camera
  Real q[4], q_length;  ///< unit quaternion, length of the raw one
  Real scale[3];        ///< scale_modifier * exp(log_scale)
  Mat3<Real> world;     ///< world-to-camera rotation
  Mat3<Real> rotation;  ///< of the splat
  Mat3<Real> sigma;     ///< 3-D covariance
  Real tx, ty;          ///< clamped x, y
  bool clamped_x, clamped_y;
  Real jacobian[2][3];
  Real t[2][3];  ///< jacobian * world
  Real a, b, c;  ///< blurred 2-D covariance
};

template <class Real>
void ewa_covariance(const field::Camera& camera, SplatView<Real>& view) {
  const Real fx = Real(camera.fx), fy = Real(camera.fy), z = view.p[2];
  const Real limit_x = Real(field_of_view_slack * camera.width / (2 * camera.fx));
  const Real limit_y = Real(field_of_view_slack * camera.height / (2 * camera.fy));
  const Real ratio_x = view.p[0] / z, ratio_y = view.p[1] / z;
  view.clamped_x = ratio_x < -limit_x || ratio_x > limit_x;
  view.clamped_y = ratio_y < -limit_y || ratio_y > limit_y;
  view.tx = std::clamp(ratio_x, -limit_x, limit_x) * z;
  view.ty = std::clamp(ratio_y, -limit_y, limit_y) * z;
  const Real j[2][3] = {{fx / z, 0, -fx * view.tx / (z * z)}, {0, fy / z, -fy * view.ty / (z * z)}};
  Real u[2][3] = {};
  for (int i = 0; i < 2; ++i)
    for (int k = 0; k < 3; ++k) {
      view.jacobian[i][k] = j[i][k];
      view.t[i][k] = j[i][0] * view.world.m[0][k] + j[i][1] * view.world.m[1][k] + j[i][2] * view.world.m[2][k];
    }
  for (int i = 0; i < 2; ++i)
    for (int k = 0; k < 3; ++k)
      for (int l = 0; l < 3; ++l) u[i][k] += view.t[i][l] * view.sigma.m[l][k];
  view.a = u[0][0] * view.t[0][0] + u[0][1] * view.t[0][1] + u[0][2] * view.t[0][2] + Real(screen_blur);
  view.b = u[0][0] * view.t[1][0] + u[0][1] * view.t[1][1] + u[0][2] * view.t[1][2];
  view.c = u[1][0] * view.t[1][0] + u[1][1] * view.t[1][1] + u[1][2] * view.t[1][2] + Real(screen_blur);
}

/// False when the splat is behind the near plane or not finite.
template <class Real>
bool view_splat(const SplatArrays<Real>& splats, int64_t index, const field::Camera& camera, double scale_modifier,
                SplatView<Real>& view) {
  const Real* mean = splats.means + 3 * index;
  const auto& w2c = camera.world_to_camera;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) view.world.m[i][j] = Real(w2c[4 * i + j]);
    view.p[i] = view.world.m[i][0] * mean[0] + view.world.m[i][1] * mean[1] + view.world.m[i][2] * mean[2] +
                Real(w2c[4 * i + 3]);
  }
  if (!(view.p[2] > Real(near_depth)) || !std::isfinite(view.p[0] + view.p[1] + view.p[2])) return false;
  const Real* q = splats.quaternions + 4 * index;
  view.q_length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  if (!(view.q_length > 0) || !std::isfinite(view.q_length)) return false;
  for (int i = 0; i < 4; ++i) view.q[i] = q[i] / view.q_length;
  for (int i = 0; i < 3; ++i) {
    view.scale[i] = Real(scale_modifier) * std::exp(splats.log_scales[3 * index + i]);
  }
  view.rotation = rotation_matrix(view.q);
  Mat3<Real> m = view.rotation, mt;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) mt.m[j][i] = m.m[i][j] *= view.scale[j];
  view.sigma = multiply(m, mt);
  ewa_covariance(camera, view);
  return std::isfinite(view.a + view.b + view.c);
}

/// Radius and tile rectangle; false when the rectangle is empty.
template <class Real>
bool tile_rectangle(const field::Camera& camera, const SplatView<Real>& view, Real determinant, const Real* pixel,
                    int32_t& radius, int32_t* rect) {
  const Real mid = Real(0.5) * (view.a + view.c);
  const Real lambda = mid + std::sqrt(std::max(Real(least_spread), mid * mid - determinant));
  const Real reach = std::min(std::ceil(3 * std::sqrt(lambda)), Real(most_radius));
  radius = static_cast<int32_t>(reach);
  const int grid[2] = {(camera.width + tile_size - 1) / tile_size, (camera.height + tile_size - 1) / tile_size};
  for (int axis = 0; axis < 2; ++axis) {
    const Real far = Real(most_radius);
    const Real low = std::clamp((pixel[axis] - reach) / tile_size, -far, far);
    const Real high = std::clamp((pixel[axis] + reach + (tile_size - 1)) / tile_size, -far, far);
    rect[axis] = std::clamp(static_cast<int32_t>(low), 0, grid[axis]);
    rect[axis + 2] = std::clamp(static_cast<int32_t>(high), 0, grid[axis]);
  }
  return rect[2] > rect[0] && rect[3] > rect[1];
}

/// From the gradient of the blurred covariance to sigma, the position in the camera and the world-to-camera rotation.
template <class Real>
void ewa_backward(const field::Camera& camera, const SplatView<Real>& view, const Real* cov, Mat3<Real>& d_sigma,
                  Real* dp, Mat3<Real>& d_world) {
  const Real g[2][2] = {{cov[0], cov[1] / 2}, {cov[1] / 2, cov[2]}};
  Real d_t[2][3] = {}, d_j[2][3] = {};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k)
        for (int l = 0; l < 2; ++l) d_sigma.m[i][j] += view.t[k][i] * g[k][l] * view.t[l][j];
  for (int k = 0; k < 2; ++k)
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        d_t[k][i] += 2 * (g[k][0] * view.t[0][j] + g[k][1] * view.t[1][j]) * view.sigma.m[j][i];
  for (int k = 0; k < 2; ++k)
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) {
        d_j[k][i] += d_t[k][j] * view.world.m[i][j];
        d_world.m[i][j] += view.jacobian[k][i] * d_t[k][j];
      }
  const Real fx = Real(camera.fx), fy = Real(camera.fy), z = view.p[2], z2 = z * z, z3 = z2 * z;
  // A clamped coordinate is a constant, with respect to z too (backward.cu computeCov2DCUDA).
  if (!view.clamped_x) dp[0] += -fx / z2 * d_j[0][2];
  if (!view.clamped_y) dp[1] += -fy / z2 * d_j[1][2];
  dp[2] += -fx / z2 * d_j[0][0] - fy / z2 * d_j[1][1] + 2 * fx * view.tx / z3 * d_j[0][2] +
           2 * fy * view.ty / z3 * d_j[1][2];
}

/// From the gradient of sigma to the raw scales and quaternion.
template <class Real>
void sigma_backward(const SplatView<Real>& view, const Mat3<Real>& d_sigma, Real* d_log_scale, Real* d_quaternion) {
  // sigma = M M^T with M = rotation diag(scale), so dM = 2 dSigma M for a symmetric dSigma.
  Mat3<Real> d_rotation;
  Real d_scale[3] = {};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      Real d_m = 0;
      for (int k = 0; k < 3; ++k) d_m += 2 * d_sigma.m[i][k] * view.rotation.m[k][j] * view.scale[j];
      d_rotation.m[i][j] = d_m * view.scale[j];
      d_scale[j] += d_m * view.rotation.m[i][j];
    }
  for (int j = 0; j < 3; ++j) d_log_scale[j] += d_scale[j] * view.scale[j];
  Real d_unit[4];
  rotation_matrix_backward(view.q, d_rotation, d_unit);
  const Real along = d_unit[0] * view.q[0] + d_unit[1] * view.q[1] + d_unit[2] * view.q[2] + d_unit[3] * view.q[3];
  for (int i = 0; i < 4; ++i) d_quaternion[i] += (d_unit[i] - along * view.q[i]) / view.q_length;
}

/// Conic -> blurred covariance, with the regulariser of backward.cu; `conic` holds dL/dA, dL/dB, dL/dC.
template <class Real>
void conic_backward(const SplatView<Real>& view, const Real* conic, Real* cov) {
  const Real a = view.a, b = view.b, c = view.c, determinant = a * c - b * b;
  const Real k = 1 / (determinant * determinant + Real(inverse_regulariser));
  const Real gx = conic[0], gy = conic[1] / 2, gz = conic[2];
  cov[0] = k * (-c * c * gx + 2 * b * c * gy + (determinant - a * c) * gz);
  cov[1] = 2 * k * (b * c * gx - (determinant + 2 * b * b) * gy + a * b * gz);
  cov[2] = k * (-a * a * gz + 2 * a * b * gy + (determinant - a * c) * gx);
}

}  // namespace

template <class Real>
Projection<Real> project(const SplatArrays<Real>& splats, const field::Camera& camera, double scale_modifier) {
  const auto count = static_cast<size_t>(splats.count);
  Projection<Real> out{std::vector<Real>(2 * count), std::vector<Real>(3 * count), std::vector<Real>(count),
                       std::vector<int32_t>(count), std::vector<int32_t>(4 * count)};
  for (int64_t i = 0; i < splats.count; ++i) {
    SplatView<Real> view;
    if (!view_splat(splats, i, camera, scale_modifier, view)) continue;
    const Real determinant = view.a * view.c - view.b * view.b;
    // The reference tests == 0; a negative determinant of a covariance is rounding and means the same.
    if (!(determinant > 0) || !std::isfinite(determinant)) continue;
    const Real inverse = 1 / (view.p[2] + Real(projection_regulariser));
    const Real pixel[2] = {Real(camera.fx) * view.p[0] * inverse + Real(camera.cx) - Real(0.5),
                           Real(camera.fy) * view.p[1] * inverse + Real(camera.cy) - Real(0.5)};
    int32_t radius, rect[4];
    if (!tile_rectangle(camera, view, determinant, pixel, radius, rect)) continue;
    out.radius[i] = radius;
    std::copy_n(rect, 4, &out.tile_rect[4 * i]);
    std::copy_n(pixel, 2, &out.mean2d[2 * i]);
    out.conic[3 * i] = view.c / determinant;
    out.conic[3 * i + 1] = -view.b / determinant;
    out.conic[3 * i + 2] = view.a / determinant;
    out.depth[i] = view.p[2];
  }
  return out;
}

template <class Real>
void project_backward(const SplatArrays<Real>& splats, const field::Camera& camera, double scale_modifier,
                      const Projection<Real>& projection, const ProjectionGradients<Real>& incoming,
                      const SplatGradients<Real>& gradients) {
  for (int64_t i = 0; i < splats.count; ++i) {
    SplatView<Real> view;
    if (projection.radius[i] == 0 || !view_splat(splats, i, camera, scale_modifier, view)) continue;
    Real cov[3], dp[3] = {}, d_log_scale[3] = {}, d_quaternion[4] = {};
    conic_backward(view, incoming.conic + 3 * i, cov);
    Mat3<Real> d_sigma, d_world;
    ewa_backward(camera, view, cov, d_sigma, dp, d_world);
    sigma_backward(view, d_sigma, d_log_scale, d_quaternion);
    const Real inverse = 1 / (view.p[2] + Real(projection_regulariser));
    const Real gx = incoming.mean2d[2 * i] * Real(camera.fx) * inverse;
    const Real gy = incoming.mean2d[2 * i + 1] * Real(camera.fy) * inverse;
    dp[0] += gx;
    dp[1] += gy;
    dp[2] += incoming.depth[i] - (gx * view.p[0] + gy * view.p[1]) * inverse;
    for (int j = 0; j < 3 && gradients.means; ++j) {
      gradients.means[3 * i + j] +=
          view.world.m[0][j] * dp[0] + view.world.m[1][j] * dp[1] + view.world.m[2][j] * dp[2];
    }
    for (int j = 0; j < 3 && gradients.log_scales; ++j) gradients.log_scales[3 * i + j] += d_log_scale[j];
    for (int j = 0; j < 4 && gradients.quaternions; ++j) gradients.quaternions[4 * i + j] += d_quaternion[j];
    for (int j = 0; j < 3 && gradients.world_to_camera; ++j) {
      for (int k = 0; k < 3; ++k) {
        gradients.world_to_camera[4 * j + k] += double(d_world.m[j][k] + dp[j] * splats.means[3 * i + k]);
      }
      gradients.world_to_camera[4 * j + 3] += double(dp[j]);
    }
  }
}

template <class Real>
std::vector<Real> sh_colours(const SplatArrays<Real>& splats, int degree, const std::array<Real, 3>& centre) {
  const int active = (degree + 1) * (degree + 1);
  RT_CHECK(degree >= 0 && degree <= 4 && active <= splats.coefficients,
           "SH degree {} needs {} coefficients, there are {}", degree, active, splats.coefficients);
  std::vector<Real> colours(3 * static_cast<size_t>(splats.count));
  for (int64_t i = 0; i < splats.count; ++i) {
    const Real* mean = splats.means + 3 * i;
    const Real v[3] = {mean[0] - centre[0], mean[1] - centre[1], mean[2] - centre[2]};
    const Real length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    Real basis[most_sh_coefficients];
    sh_basis(degree, v[0] / length, v[1] / length, v[2] / length, basis);
    for (int channel = 0; channel < 3; ++channel) {
      Real sum = Real(0.5);
      for (int k = 0; k < active; ++k) sum += basis[k] * splats.sh[(i * splats.coefficients + k) * 3 + channel];
      colours[3 * i + channel] = sum < 0 ? Real(0) : sum;
    }
  }
  return colours;
}

template <class Real>
void sh_colours_backward(const SplatArrays<Real>& splats, int degree, const std::array<Real, 3>& centre,
                         const std::vector<Real>& colours, const Real* colour_gradients,
                         const SplatGradients<Real>& gradients, double* centre_gradient) {
  const int active = (degree + 1) * (degree + 1);
  for (int64_t i = 0; i < splats.count; ++i) {
    const Real* mean = splats.means + 3 * i;
    const Real v[3] = {mean[0] - centre[0], mean[1] - centre[1], mean[2] - centre[2]};
    const Real length = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const Real u[3] = {v[0] / length, v[1] / length, v[2] / length};
    Real basis[most_sh_coefficients], slope[3][most_sh_coefficients], d_unit[3] = {};
    sh_basis(degree, u[0], u[1], u[2], basis);
    sh_basis_gradient(degree, u[0], u[1], u[2], slope[0], slope[1], slope[2]);
    for (int channel = 0; channel < 3; ++channel) {
      if (!(colours[3 * i + channel] > 0)) continue;  // clamped at zero
      const Real g = colour_gradients[3 * i + channel];
      for (int k = 0; k < active; ++k) {
        const int64_t at = (i * splats.coefficients + k) * 3 + channel;
        if (gradients.sh) gradients.sh[at] += g * basis[k];
        for (int axis = 0; axis < 3; ++axis) d_unit[axis] += g * splats.sh[at] * slope[axis][k];
      }
    }
    const Real along = d_unit[0] * u[0] + d_unit[1] * u[1] + d_unit[2] * u[2];
    for (int axis = 0; axis < 3; ++axis) {
      const Real d_mean = (d_unit[axis] - along * u[axis]) / length;
      if (gradients.means) gradients.means[3 * i + axis] += d_mean;
      if (centre_gradient) centre_gradient[axis] -= double(d_mean);
    }
  }
}

template Projection<float> project(const SplatArrays<float>&, const field::Camera&, double);
template void project_backward(const SplatArrays<float>&, const field::Camera&, double, const Projection<float>&,
                               const ProjectionGradients<float>&, const SplatGradients<float>&);
template std::vector<float> sh_colours(const SplatArrays<float>&, int, const std::array<float, 3>&);
template void sh_colours_backward(const SplatArrays<float>&, int, const std::array<float, 3>&,
                                  const std::vector<float>&, const float*, const SplatGradients<float>&, double*);
template Projection<double> project(const SplatArrays<double>&, const field::Camera&, double);
template void project_backward(const SplatArrays<double>&, const field::Camera&, double, const Projection<double>&,
                               const ProjectionGradients<double>&, const SplatGradients<double>&);
template std::vector<double> sh_colours(const SplatArrays<double>&, int, const std::array<double, 3>&);
template void sh_colours_backward(const SplatArrays<double>&, int, const std::array<double, 3>&,
                                  const std::vector<double>&, const double*, const SplatGradients<double>&, double*);

}  // namespace retort::splat::reference
