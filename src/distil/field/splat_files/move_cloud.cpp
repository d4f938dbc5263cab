#include "distil/field/splat_files/move_cloud.h"

#include <Eigen/Dense>
#include <cmath>

#include "distil/field/splat/cpu/spherical_harmonics.h"

namespace retort::field {
namespace {

constexpr int sh_directions = 64;  // more than the 16 functions of degree 3 need

// How coefficients go over, [K,K]: a function of directions f becomes f(rotation^-1 direction), which is one of the
// same degree, so that its values at enough directions say its coefficients.
Eigen::MatrixXd sh_rotation(int degree, const Eigen::Matrix3d& rotation) {
  const int count = (degree + 1) * (degree + 1);
  Eigen::MatrixXd at(sh_directions, count), at_turned(sh_directions, count);
  std::array<double, splat::most_sh_coefficients> basis{};
  for (int i = 0; i < sh_directions; ++i) {
    // Evenly over the sphere, along a spiral.
    const double z = 1 - (2 * i + 1.0) / sh_directions, radius = std::sqrt(1 - z * z), turn = 2.399963229728653 * i;
    const Eigen::Vector3d direction(radius * std::cos(turn), radius * std::sin(turn), z);
    const Eigen::Vector3d turned = rotation.transpose() * direction;
    splat::sh_basis(degree, direction.x(), direction.y(), direction.z(), basis.data());
    for (int k = 0; k < count; ++k) at(i, k) = basis[size_t(k)];
    splat::sh_basis(degree, turned.x(), turned.y(), turned.z(), basis.data());
    for (int k = 0; k < count; ++k) at_turned(i, k) = basis[size_t(k)];
  }
  return at.colPivHouseholderQr().solve(at_turned);
}

}  // namespace

void move_cloud(SplatCloud& cloud, const Similarity& move) {
  if (move == Similarity{}) return;
  const Eigen::Matrix3d rotation = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(move.rotation.data());
  const Eigen::Quaterniond turn(rotation);
  const auto coefficients = cloud.coefficients();
  const Eigen::MatrixXd harmonics = sh_rotation(cloud.sh_degree, rotation);
  Eigen::MatrixXd colours(coefficients, 3);
  for (int64_t row = 0; row < cloud.size(); ++row) {
    float* mean = &cloud.means[size_t(3 * row)];
    const Eigen::Vector3d moved = move.scale * (rotation * Eigen::Vector3d(mean[0], mean[1], mean[2]));
    for (int axis = 0; axis < 3; ++axis) {
      mean[axis] = float(moved[axis] + move.shift[size_t(axis)]);
      cloud.log_scales[size_t(3 * row + axis)] += float(std::log(move.scale));
    }
    float* q = &cloud.quaternions[size_t(4 * row)];
    const Eigen::Quaterniond turned = turn * Eigen::Quaterniond(q[0], q[1], q[2], q[3]);
    q[0] = float(turned.w());
    q[1] = float(turned.x());
    q[2] = float(turned.y());
    q[3] = float(turned.z());
    if (coefficients == 1) continue;
    float* sh = &cloud.sh[size_t(3 * coefficients * row)];
    for (int64_t k = 0; k < coefficients; ++k) {
      for (int channel = 0; channel < 3; ++channel) colours(k, channel) = sh[3 * k + channel];
    }
    colours = (harmonics * colours).eval();
    for (int64_t k = 0; k < coefficients; ++k) {
      for (int channel = 0; channel < 3; ++channel) sh[3 * k + channel] = float(colours(k, channel));
    }
  }
}

}  // namespace retort::field
