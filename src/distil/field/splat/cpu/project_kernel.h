// Projection, colour and their backward pass for sixteen splats at a time. The formulas are those of
// reference_project.cpp, with branches turned into masks; see there for their sources.
#pragma once

#include "distil/field/splat/cpu/kernel_math.h"
#include "distil/field/splat/cpu/spherical_harmonics.h"

namespace retort::splat {

inline constexpr int sh_columns = 80;  ///< 3 * 25 coefficients, in whole vectors

/// Sixteen splats seen by the camera.
template <class V>
struct SplatLanes {
  V mean[3], p[3], inverse_z;
  V q[4], inverse_length;
  V scale[3], rotation[3][3], sigma[6];  ///< sigma xx, xy, xz, yy, yz, zz
  V tx, ty, j00, j02, j11, j12, t[2][3];
  V a, b, c, determinant;
  V direction[3], inverse_distance;
  typename V::Mask clamped_x, clamped_y, valid;
};

template <class V>
inline typename V::Mask is_finite(V x) {
  return abs(x) < V(3.0e38f);
}

template <class V>
inline void lanes_covariance(const ViewConstants& view, SplatLanes<V>& s) {
  const V two(2.0f), one(1.0f);
  const V w = s.q[0], x = s.q[1], y = s.q[2], z = s.q[3];
  s.rotation[0][0] = one - two * (y * y + z * z);
  s.rotation[0][1] = two * (x * y - w * z);
  s.rotation[0][2] = two * (x * z + w * y);
  s.rotation[1][0] = two * (x * y + w * z);
  s.rotation[1][1] = one - two * (x * x + z * z);
  s.rotation[1][2] = two * (y * z - w * x);
  s.rotation[2][0] = two * (x * z - w * y);
  s.rotation[2][1] = two * (y * z + w * x);
  s.rotation[2][2] = one - two * (x * x + y * y);
  V m[3][3];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) m[i][j] = s.rotation[i][j] * s.scale[j];
  int entry = 0;
  for (int i = 0; i < 3; ++i)
    for (int j = i; j < 3; ++j) s.sigma[entry++] = m[i][0] * m[j][0] + m[i][1] * m[j][1] + m[i][2] * m[j][2];

  const V inverse = one / s.p[2];
  const V ratio_x = s.p[0] * inverse, ratio_y = s.p[1] * inverse;
  const V limit_x(view.limit_x), limit_y(view.limit_y), none(0.0f);
  s.clamped_x = abs(ratio_x) > limit_x;
  s.clamped_y = abs(ratio_y) > limit_y;
  const V bounded_x = max(min(ratio_x, limit_x), none - limit_x),
          bounded_y = max(min(ratio_y, limit_y), none - limit_y);
  s.tx = bounded_x * s.p[2];
  s.ty = bounded_y * s.p[2];
  s.j00 = V(view.fx) * inverse;
  s.j11 = V(view.fy) * inverse;
  s.j02 = none - s.j00 * bounded_x;
  s.j12 = none - s.j11 * bounded_y;
  const float* r = view.world_to_camera;
  for (int k = 0; k < 3; ++k) {
    s.t[0][k] = s.j00 * V(r[k]) + s.j02 * V(r[8 + k]);
    s.t[1][k] = s.j11 * V(r[4 + k]) + s.j12 * V(r[8 + k]);
  }
  V u[2][3];
  for (int i = 0; i < 2; ++i) {
    u[i][0] = s.t[i][0] * s.sigma[0] + s.t[i][1] * s.sigma[1] + s.t[i][2] * s.sigma[2];
    u[i][1] = s.t[i][0] * s.sigma[1] + s.t[i][1] * s.sigma[3] + s.t[i][2] * s.sigma[4];
    u[i][2] = s.t[i][0] * s.sigma[2] + s.t[i][1] * s.sigma[4] + s.t[i][2] * s.sigma[5];
  }
  const V blur(static_cast<float>(screen_blur));
  s.a = u[0][0] * s.t[0][0] + u[0][1] * s.t[0][1] + u[0][2] * s.t[0][2] + blur;
  s.b = u[0][0] * s.t[1][0] + u[0][1] * s.t[1][1] + u[0][2] * s.t[1][2];
  s.c = u[1][0] * s.t[1][0] + u[1][1] * s.t[1][1] + u[1][2] * s.t[1][2] + blur;
  s.determinant = s.a * s.c - s.b * s.b;
}

template <class V>
inline void load_lanes(const ProjectJob& job, int64_t begin, int count, SplatLanes<V>& s) {
  const SplatArrays<float>& splats = *job.splats;
  const ViewConstants& view = *job.view;
  for (int i = 0; i < 3; ++i) s.mean[i] = load_column<V>(splats.means + 3 * begin, 3, i, count);
  for (int i = 0; i < 4; ++i) s.q[i] = load_column<V>(splats.quaternions + 4 * begin, 4, i, count);
  const float* w2c = view.world_to_camera;
  for (int i = 0; i < 3; ++i) {
    s.p[i] =
        V(w2c[4 * i]) * s.mean[0] + V(w2c[4 * i + 1]) * s.mean[1] + V(w2c[4 * i + 2]) * s.mean[2] + V(w2c[4 * i + 3]);
    s.scale[i] = V(view.scale_modifier) * exp(load_column<V>(splats.log_scales + 3 * begin, 3, i, count));
  }
  s.inverse_z = V(1.0f) / (s.p[2] + V(static_cast<float>(projection_regulariser)));
  const V length = sqrt(s.q[0] * s.q[0] + s.q[1] * s.q[1] + s.q[2] * s.q[2] + s.q[3] * s.q[3]);
  s.inverse_length = V(1.0f) / length;
  for (V& q : s.q) q = q * s.inverse_length;
  lanes_covariance(view, s);
  V offset[3];
  for (int i = 0; i < 3; ++i) offset[i] = s.mean[i] - V(view.centre[i]);
  s.inverse_distance = V(1.0f) / sqrt(offset[0] * offset[0] + offset[1] * offset[1] + offset[2] * offset[2]);
  for (int i = 0; i < 3; ++i) s.direction[i] = offset[i] * s.inverse_distance;
  s.valid = (s.p[2] > V(static_cast<float>(near_depth))) & is_finite(s.p[0]) & is_finite(s.p[1]) & is_finite(s.p[2]) &
            (length > V(0.0f)) & is_finite(length) & is_finite(s.a) & is_finite(s.b) & is_finite(s.c) &
            (s.determinant > V(0.0f)) & is_finite(s.determinant);
}

/// Coefficient m of sixteen splats in columns[m], m = 3 k + channel < 3 active.
template <class V>
inline void load_sh(const SplatArrays<float>& splats, int64_t begin, int count, int active, V* columns) {
  const int64_t width = 3 * int64_t{splats.coefficients};
  for (int block = 0; block < 3 * active; block += 16) {
    const int64_t left = width - block;
    for (int lane = 0; lane < 16; ++lane) {
      const float* from = splats.sh + (begin + lane) * width + block;
      columns[block + lane] = lane < count ? V::load_partial(from, left < 16 ? static_cast<int>(left) : 16) : V(0.0f);
    }
    transpose(columns + block);
  }
}

template <class V>
inline void lanes_colour(const ProjectJob& job, int64_t begin, int count, const SplatLanes<V>& s, V* colour) {
  const int degree = job.view->sh_degree, active = (degree + 1) * (degree + 1);
  V basis[most_sh_coefficients], coefficients[sh_columns];
  sh_basis(degree, s.direction[0], s.direction[1], s.direction[2], basis);
  load_sh(*job.splats, begin, count, active, coefficients);
  for (int channel = 0; channel < 3; ++channel) {
    V sum(0.5f);
    for (int k = 0; k < active; ++k) sum = fma(basis[k], coefficients[3 * k + channel], sum);
    // The order keeps NaN, which max() could swallow: such a splat is dropped.
    colour[channel] = select(sum < V(0.0f), V(0.0f), sum);
  }
}

/// Integer bounds of the tile rectangle along one axis, as floats.
template <class V>
inline void lanes_tile_range(V pixel, V reach, int tiles, V& low, V& high) {
  const V inverse(1.0f / tile_size), far(static_cast<float>(most_radius)), none(0.0f), last(static_cast<float>(tiles));
  low = min(max(truncate(max(min((pixel - reach) * inverse, far), none - far)), none), last);
  high = min(max(truncate(max(min((pixel + reach + V(tile_size - 1.0f)) * inverse, far), none - far)), none), last);
}

template <class V>
void project_lanes(const ProjectJob& job, int64_t begin, int count) {
  const ViewConstants& view = *job.view;
  SplatLanes<V> s;
  load_lanes(job, begin, count, s);
  const V none(0.0f), one(1.0f);
  const V x = V(view.fx) * s.p[0] * s.inverse_z + V(view.cx), y = V(view.fy) * s.p[1] * s.inverse_z + V(view.cy);
  const V mid = V(0.5f) * (s.a + s.c);
  const V lambda = mid + sqrt(max(V(static_cast<float>(least_spread)), mid * mid - s.determinant));
  const V reach = min(ceil(V(3.0f) * sqrt(lambda)), V(static_cast<float>(most_radius)));
  V low_x, low_y, high_x, high_y;
  lanes_tile_range(x, reach, view.tiles_x, low_x, high_x);
  lanes_tile_range(y, reach, view.tiles_y, low_y, high_y);
  const V opacity = one / (one + exp(none - load_column<V>(job.splats->opacity_logits + begin, 1, 0, count)));
  auto visible = s.valid & (high_x > low_x) & (high_y > low_y) & (opacity >= none) & is_finite(x) & is_finite(y);
  V colour[3] = {none, none, none};
  if (any(visible)) lanes_colour(job, begin, count, s, colour);
  for (const V& channel : colour) visible = visible & is_finite(channel);

  const V inverse = one / s.determinant, fold(-0.5f * log2_of_e);
  const V a = fold * s.c * inverse, b = V(log2_of_e) * s.b * inverse, c = fold * s.a * inverse;
  // The slack covers the rounding of the power far from a thin splat's middle.
  const V threshold = none - rough_log2(V(255.0f) * max(opacity, V(1e-30f))) - V(0.05f);
  const V fields[16] = {x,
                        y,
                        a,
                        b,
                        c,
                        opacity,
                        colour[0],
                        colour[1],
                        colour[2],
                        s.p[2],
                        threshold,
                        V(-0.5f) * b / a,
                        V(-0.5f) * b / c,
                        none,
                        none,
                        none};
  V rows[16];
  for (int i = 0; i < 16; ++i) rows[i] = keep(visible, fields[i]);
  transpose(rows);
  alignas(64) float bounds[5][16];
  const V outputs[5] = {reach, low_x, low_y, high_x, high_y};
  for (int i = 0; i < 5; ++i) keep(visible, outputs[i]).store(bounds[i]);
  for (int i = 0; i < count; ++i) {
    rows[i].store(&job.packed[begin + i].x);
    job.radius[begin + i] = static_cast<int32_t>(bounds[0][i]);
    job.rect[begin + i] = {static_cast<int32_t>(bounds[1][i]), static_cast<int32_t>(bounds[2][i]),
                           static_cast<int32_t>(bounds[3][i]), static_cast<int32_t>(bounds[4][i])};
  }
}

}  // namespace retort::splat
