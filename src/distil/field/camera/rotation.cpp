#include "distil/field/camera/rotation.h"

#include <algorithm>
#include <cmath>

namespace retort::field {

Matrix3 rotation_of(const Quaternion& quaternion) {
  const auto [w, x, y, z] = quaternion;
  return {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
          2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
          2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
}

Quaternion quaternion_of(const Matrix3& r) {
  // The largest of the four components is found first and divides the others, so nothing cancels.
  const std::array<double, 4> squares = {1 + r[0] + r[4] + r[8], 1 + r[0] - r[4] - r[8], 1 - r[0] + r[4] - r[8],
                                         1 - r[0] - r[4] + r[8]};
  const auto largest = size_t(std::max_element(squares.begin(), squares.end()) - squares.begin());
  Quaternion q;
  switch (largest) {
    case 0:
      q = {squares[0], r[7] - r[5], r[2] - r[6], r[3] - r[1]};
      break;
    case 1:
      q = {r[7] - r[5], squares[1], r[1] + r[3], r[2] + r[6]};
      break;
    case 2:
      q = {r[2] - r[6], r[1] + r[3], squares[2], r[5] + r[7]};
      break;
    default:
      q = {r[3] - r[1], r[2] + r[6], r[5] + r[7], squares[3]};
      break;
  }
  double length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  if (q[0] < 0) length = -length;
  for (double& component : q) component /= length;
  return q;
}

}  // namespace retort::field
