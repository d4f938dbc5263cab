// Random clouds of splats for the kernel tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "distil/field/splat/cpu/renderer.h"

namespace retort::splat::test {

template <class Real>
struct Cloud {
  int coefficients = 1;
  std::vector<Real> means, quaternions, log_scales, opacity_logits, sh;

  int64_t count() const { return static_cast<int64_t>(opacity_logits.size()); }
  SplatArrays<Real> arrays() const {
    return {count(),           coefficients,          means.data(), quaternions.data(),
            log_scales.data(), opacity_logits.data(), sh.data()};
  }
};

template <class To, class From>
std::vector<To> converted(const std::vector<From>& values) {
  return std::vector<To>(values.begin(), values.end());
}

inline Cloud<double> to_double(const Cloud<float>& cloud) {
  return {cloud.coefficients,
          converted<double>(cloud.means),
          converted<double>(cloud.quaternions),
          converted<double>(cloud.log_scales),
          converted<double>(cloud.opacity_logits),
          converted<double>(cloud.sh)};
}

struct CloudOptions {
  int64_t count = 60;
  int degree = 3;
  double scale = 0.12, scale_spread = 0.6;  ///< of exp(log_scale)
  double opacity_logit = 0.0, opacity_spread = 1.0;
  double near = 1.5, far = 4.0, spread = 0.55;  ///< depth range; x, y within spread * z
};

inline std::vector<float> random_values(std::mt19937& generator, int64_t count, double middle, double spread) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(middle + spread * uniform(generator));
  return values;
}

inline Cloud<float> make_cloud(const CloudOptions& o, uint32_t seed) {
  std::mt19937 generator(seed);
  Cloud<float> cloud;
  cloud.coefficients = (o.degree + 1) * (o.degree + 1);
  cloud.means = random_values(generator, 3 * o.count, 0, 1);
  for (int64_t i = 0; i < o.count; ++i) {
    float* mean = &cloud.means[3 * i];
    mean[2] = static_cast<float>(o.near + (o.far - o.near) * (0.5 + 0.5 * mean[2]));
    mean[0] *= static_cast<float>(o.spread) * mean[2];
    mean[1] *= static_cast<float>(o.spread) * mean[2];
  }
  cloud.quaternions = random_values(generator, 4 * o.count, 0, 1);
  cloud.log_scales = random_values(generator, 3 * o.count, std::log(o.scale), o.scale_spread);
  cloud.opacity_logits = random_values(generator, o.count, o.opacity_logit, o.opacity_spread);
  cloud.sh = random_values(generator, 3 * o.count * cloud.coefficients, 0, 0.3);
  for (int64_t i = 0; i < o.count; ++i)
    for (int c = 0; c < 3; ++c) cloud.sh[3 * i * cloud.coefficients + c] += 1.0f;
  return cloud;
}

/// A camera near the origin, slightly turned, with its principal point off centre.
inline field::Camera tilted_camera(int width, int height) {
  field::Camera camera;
  camera.width = width;
  camera.height = height;
  camera.fx = 0.9 * std::max(width, height);
  camera.fy = 0.95 * std::max(width, height);
  camera.cx = 0.5 * width + 0.7;
  camera.cy = 0.5 * height - 0.4;
  const double a = 0.1, b = -0.07;
  const double ca = std::cos(a), sa = std::sin(a), cb = std::cos(b), sb = std::sin(b);
  camera.world_to_camera = {ca, 0, sa, 0.05, sa * sb, cb, -ca * sb, -0.03, -sa * cb, sb, ca * cb, 0.1, 0, 0, 0, 1};
  return camera;
}

/// Instruction sets that this machine can test.
inline std::vector<Isa> testable_isas() {
  std::vector<Isa> isas = {Isa::scalar};
  if (best_isa() != Isa::scalar) isas.push_back(Isa::avx2);
  if (best_isa() == Isa::avx512) isas.push_back(Isa::avx512);
  return isas;
}

/// All gradients of a view.
template <class Real>
struct GradientArrays {
  std::vector<Real> means, quaternions, log_scales, opacity_logits, sh, screenspace_points;
  std::vector<double> pose = std::vector<double>(12);

  explicit GradientArrays(const SplatArrays<Real>& splats)
      : means(3 * splats.count, 7),  // stale values that must be overwritten
        quaternions(4 * splats.count, 7),
        log_scales(3 * splats.count, 7),
        opacity_logits(splats.count, 7),
        sh(3 * splats.count * splats.coefficients, 7),
        screenspace_points(2 * splats.count, 7) {}

  SplatGradients<Real> arrays() {
    return {means.data(), quaternions.data(),        log_scales.data(), opacity_logits.data(),
            sh.data(),    screenspace_points.data(), pose.data()};
  }
};

/// Largest |got - want| over the larger of `floor` and the largest |want|.
template <class A, class B>
double relative_error(const std::vector<A>& got, const std::vector<B>& want, double floor = 1e-3) {
  double largest = floor, error = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(want[i])));
    const double difference = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
    if (!(difference <= error)) error = difference;  // NaN counts
  }
  return error / largest;
}

}  // namespace retort::splat::test
