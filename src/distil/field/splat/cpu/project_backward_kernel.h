// Backward pass of projection and colour for sixteen splats at a time (backward.cu preprocessCUDA and what it calls).
#pragma once

#include "distil/field/splat/cpu/project_kernel.h"

namespace retort::splat {

/// Gradients of sixteen splats that meet before the parameters.
template <class V>
struct LaneGradients {
  V mean2d[2], conic[3], colour[3], depth, opacity_logit;
  V mean[3], p[3], log_scale[3], quaternion[4];
  V world[12];  ///< of world_to_camera [3,4]
  V centre[3];  ///< of the camera's centre
};

/// Sums each splat's records in order and turns the moments into gradients of mean, conic, opacity and colour.
template <class V>
inline void lanes_from_records(const ProjectBackwardJob& job, int64_t begin, int count, LaneGradients<V>& g) {
  V rows[16], packed[16];
  for (int lane = 0; lane < 16; ++lane) {
    rows[lane] = V(0.0f);
    packed[lane] = V(0.0f);
    if (lane >= count || job.radius[begin + lane] == 0) continue;
    packed[lane] = V::load(&job.packed[begin + lane].x);
    const uint32_t end = job.record_begin[begin + lane + 1];
    for (uint32_t r = job.record_begin[begin + lane]; r < end; ++r) {
      rows[lane] = rows[lane] + V::load(job.records + record_floats * static_cast<int64_t>(r));
    }
  }
  transpose(rows);
  transpose(packed);
  const V unfold(-2.0f / log2_of_e), a = packed[2] * unfold, c = packed[4] * unfold;
  const V b = packed[3] * V(-1.0f / log2_of_e);
  g.opacity_logit = rows[0] * (V(1.0f) - packed[5]);
  g.mean2d[0] = a * rows[1] + b * rows[2];
  g.mean2d[1] = c * rows[2] + b * rows[1];
  g.conic[0] = V(-0.5f) * rows[3];
  g.conic[1] = V(-1.0f) * rows[4];
  g.conic[2] = V(-0.5f) * rows[5];
  for (int channel = 0; channel < 3; ++channel) {
    g.colour[channel] = keep(packed[6 + channel] > V(0.0f), rows[6 + channel]);  // clamped channels pass nothing
  }
  g.depth = rows[9];
}

template <class V>
inline void lanes_sigma_backward(const SplatLanes<V>& s, const V (&d_sigma)[3][3], LaneGradients<V>& g) {
  const V two(2.0f), four(4.0f);
  V m[3][3];
  for (V& scale : g.log_scale) scale = V(0.0f);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      const V product =
          d_sigma[i][0] * s.rotation[0][j] + d_sigma[i][1] * s.rotation[1][j] + d_sigma[i][2] * s.rotation[2][j];
      const V d_m = two * product * s.scale[j];
      m[i][j] = d_m * s.scale[j];
      g.log_scale[j] = g.log_scale[j] + m[i][j] * s.rotation[i][j];
    }
  const V w = s.q[0], x = s.q[1], y = s.q[2], z = s.q[3];
  const V u = m[2][1] - m[1][2], v = m[0][2] - m[2][0], t = m[1][0] - m[0][1];
  const V xy = m[0][1] + m[1][0], xz = m[0][2] + m[2][0], yz = m[1][2] + m[2][1];
  const V unit[4] = {two * (x * u + y * v + z * t), two * (w * u + y * xy + z * xz) - four * x * (m[1][1] + m[2][2]),
                     two * (w * v + x * xy + z * yz) - four * y * (m[0][0] + m[2][2]),
                     two * (w * t + x * xz + y * yz) - four * z * (m[0][0] + m[1][1])};
  const V along = unit[0] * w + unit[1] * x + unit[2] * y + unit[3] * z;
  for (int i = 0; i < 4; ++i) g.quaternion[i] = (unit[i] - along * s.q[i]) * s.inverse_length;
}

/// Conic -> covariance -> sigma, Jacobian, camera position; adds to p and world.
template <class V>
inline void lanes_covariance_backward(const ViewConstants& view, const SplatLanes<V>& s, LaneGradients<V>& g) {
  const V two(2.0f), half(0.5f), none(0.0f);
  const V det = s.determinant, bb = s.b * s.b, ac = s.a * s.c;
  const V k = V(1.0f) / (det * det + V(static_cast<float>(inverse_regulariser)));
  const V gx = g.conic[0], gy = half * g.conic[1], gz = g.conic[2];
  const V d_a = k * (two * s.b * s.c * gy - s.c * s.c * gx + (det - ac) * gz);
  const V d_b = k * (s.b * s.c * gx - (det + two * bb) * gy + s.a * s.b * gz);  // half of dL/db: both off-diagonals
  const V d_c = k * (two * s.a * s.b * gy - s.a * s.a * gz + (det - ac) * gx);
  V d_sigma[3][3], lifted[2][3], d_t[2][3];
  for (int i = 0; i < 3; ++i) {
    lifted[0][i] = d_a * s.t[0][i] + d_b * s.t[1][i];
    lifted[1][i] = d_b * s.t[0][i] + d_c * s.t[1][i];
  }
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) d_sigma[i][j] = s.t[0][i] * lifted[0][j] + s.t[1][i] * lifted[1][j];
  for (int row = 0; row < 2; ++row) {
    const V* l = lifted[row];
    d_t[row][0] = two * (l[0] * s.sigma[0] + l[1] * s.sigma[1] + l[2] * s.sigma[2]);
    d_t[row][1] = two * (l[0] * s.sigma[1] + l[1] * s.sigma[3] + l[2] * s.sigma[4]);
    d_t[row][2] = two * (l[0] * s.sigma[2] + l[1] * s.sigma[4] + l[2] * s.sigma[5]);
  }
  lanes_sigma_backward(s, d_sigma, g);
  const float* r = view.world_to_camera;
  V d_j00 = none, d_j02 = none, d_j11 = none, d_j12 = none;
  for (int i = 0; i < 3; ++i) {
    d_j00 = d_j00 + d_t[0][i] * V(r[i]);
    d_j02 = d_j02 + d_t[0][i] * V(r[8 + i]);
    d_j11 = d_j11 + d_t[1][i] * V(r[4 + i]);
    d_j12 = d_j12 + d_t[1][i] * V(r[8 + i]);
    g.world[i] = s.j00 * d_t[0][i];
    g.world[4 + i] = s.j11 * d_t[1][i];
    g.world[8 + i] = s.j02 * d_t[0][i] + s.j12 * d_t[1][i];
  }
  const V inverse = V(1.0f) / s.p[2], inverse2 = inverse * inverse;
  const V fx = V(view.fx) * inverse2, fy = V(view.fy) * inverse2;
  g.p[0] = none - select(s.clamped_x, none, fx * d_j02);
  g.p[1] = none - select(s.clamped_y, none, fy * d_j12);
  g.p[2] = two * inverse * (fx * s.tx * d_j02 + fy * s.ty * d_j12) - fx * d_j00 - fy * d_j11;
}

/// Gradient of the colours to the coefficients (written) and to the mean and the centre (g.mean, g.centre set).
template <class V>
inline void lanes_colour_backward(const ProjectBackwardJob& job, int64_t begin, int count, const SplatLanes<V>& s,
                                  typename V::Mask valid, LaneGradients<V>& g) {
  const int degree = job.view->sh_degree, active = (degree + 1) * (degree + 1);
  const SplatArrays<float>& splats = *job.splats;
  V basis[most_sh_coefficients], slope[3][most_sh_coefficients], columns[sh_columns];
  const V x = s.direction[0], y = s.direction[1], z = s.direction[2], none(0.0f);
  V d_unit[3] = {none, none, none};
  if (degree > 0) {
    load_sh(splats, begin, count, active, columns);
    sh_basis_gradient(degree, x, y, z, slope[0], slope[1], slope[2]);
    for (int k = 1; k < active; ++k) {
      const V pull = g.colour[0] * columns[3 * k] + g.colour[1] * columns[3 * k + 1] + g.colour[2] * columns[3 * k + 2];
      for (int axis = 0; axis < 3; ++axis) d_unit[axis] = fma(pull, slope[axis][k], d_unit[axis]);
    }
  }
  const V along = d_unit[0] * x + d_unit[1] * y + d_unit[2] * z;
  for (int axis = 0; axis < 3; ++axis) {
    g.mean[axis] = (d_unit[axis] - along * s.direction[axis]) * s.inverse_distance;
    g.centre[axis] = none - g.mean[axis];
  }
  float* sh = job.gradients->sh;
  if (sh == nullptr) return;
  sh_basis(degree, x, y, z, basis);
  const int64_t width = 3 * int64_t{splats.coefficients};
  for (int64_t block = 0; block < width; block += 16) {
    V rows[16];
    for (int i = 0; i < 16; ++i) {
      const int64_t m = block + i;
      rows[i] = m < 3 * active ? keep(valid, basis[m / 3] * g.colour[m % 3]) : none;
    }
    transpose(rows);
    const int64_t left = width - block;
    for (int lane = 0; lane < count; ++lane) {
      rows[lane].store_partial(sh + (begin + lane) * width + block, left < 16 ? static_cast<int>(left) : 16);
    }
  }
}

template <class V>
inline void store_gradients(const ProjectBackwardJob& job, int64_t begin, int count, typename V::Mask valid,
                            const LaneGradients<V>& g) {
  const SplatGradients<float>& out = *job.gradients;
  const auto store = [&](float* rows, int width, const V* values) {
    if (rows == nullptr) return;
    for (int i = 0; i < width; ++i) store_column(rows + begin * width, width, i, count, keep(valid, values[i]));
  };
  store(out.means, 3, g.mean);
  store(out.quaternions, 4, g.quaternion);
  store(out.log_scales, 3, g.log_scale);
  store(out.opacity_logits, 1, &g.opacity_logit);
  const V ndc[2] = {g.mean2d[0] * V(0.5f * static_cast<float>(job.view->width)),
                    g.mean2d[1] * V(0.5f * static_cast<float>(job.view->height))};
  store(out.screenspace_points, 2, ndc);
}

/// Adds the sixteen splats' pull on the pose; the centre is -R^T t.
template <class V>
inline void add_pose(const ViewConstants& view, typename V::Mask valid, const LaneGradients<V>& g, double* pose) {
  const float* w2c = view.world_to_camera;
  for (int i = 0; i < 12; ++i) pose[i] += static_cast<double>(sum(keep(valid, g.world[i])));
  for (int j = 0; j < 3; ++j) {
    const double d_centre = static_cast<double>(sum(keep(valid, g.centre[j])));
    for (int i = 0; i < 3; ++i) {
      pose[4 * i + j] -= static_cast<double>(w2c[4 * i + 3]) * d_centre;
      pose[4 * i + 3] -= static_cast<double>(w2c[4 * i + j]) * d_centre;
    }
  }
}

template <class V>
void project_backward_lanes(const ProjectBackwardJob& job, int64_t begin, int count, double* pose) {
  const ViewConstants& view = *job.view;
  SplatLanes<V> s;
  const ProjectJob forward{job.splats, job.view, nullptr, nullptr, nullptr};
  load_lanes(forward, begin, count, s);
  alignas(64) float radii[16] = {};
  for (int i = 0; i < count; ++i) radii[i] = static_cast<float>(job.radius[begin + i]);
  const auto valid = V::load(radii) > V(0.0f);
  LaneGradients<V> g;
  lanes_from_records(job, begin, count, g);
  lanes_covariance_backward(view, s, g);
  const V x = g.mean2d[0] * V(view.fx) * s.inverse_z, y = g.mean2d[1] * V(view.fy) * s.inverse_z;
  g.p[0] = g.p[0] + x;
  g.p[1] = g.p[1] + y;
  g.p[2] = g.p[2] + g.depth - (x * s.p[0] + y * s.p[1]) * s.inverse_z;
  lanes_colour_backward(job, begin, count, s, valid, g);
  const float* w2c = view.world_to_camera;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      g.mean[j] = g.mean[j] + V(w2c[4 * i + j]) * g.p[i];
      g.world[4 * i + j] = g.world[4 * i + j] + g.p[i] * s.mean[j];
    }
    g.world[4 * i + 3] = g.p[i];
  }
  store_gradients(job, begin, count, valid, g);
  if (pose != nullptr) add_pose(view, valid, g, pose);
}

}  // namespace retort::splat
