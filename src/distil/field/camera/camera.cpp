#include "distil/field/camera/camera.h"

#include <cmath>

namespace retort::field {

double Camera::fov_x() const { return 2 * std::atan(width / (2 * fx)); }
double Camera::fov_y() const { return 2 * std::atan(height / (2 * fy)); }

Vector3 Camera::centre() const {
  const auto inverse = rigid_inverse(world_to_camera);
  return {inverse[3], inverse[7], inverse[11]};
}

Camera camera_from_fov(int width, int height, double fov_x, double fov_y, const Matrix4& world_to_camera) {
  return {.width = width,
          .height = height,
          .fx = width / (2 * std::tan(fov_x / 2)),
          .fy = height / (2 * std::tan(fov_y / 2)),
          .cx = width / 2.0,
          .cy = height / 2.0,
          .world_to_camera = world_to_camera};
}

Camera resized(const Camera& camera, int width, int height) {
  const double scale_x = double(width) / camera.width, scale_y = double(height) / camera.height;
  return {.width = width,
          .height = height,
          .fx = camera.fx * scale_x,
          .fy = camera.fy * scale_y,
          .cx = camera.cx * scale_x,
          .cy = camera.cy * scale_y,
          .world_to_camera = camera.world_to_camera};
}

Matrix4 projection_matrix(double znear, double zfar, double fov_x, double fov_y) {
  Matrix4 projection{};
  projection[0] = 1 / std::tan(fov_x / 2);
  projection[5] = 1 / std::tan(fov_y / 2);
  projection[10] = zfar / (zfar - znear);
  projection[11] = -zfar * znear / (zfar - znear);
  projection[14] = 1;
  return projection;
}

Matrix4 world_to_view(const Matrix3& rotation_transposed, const Vector3& translation, const Vector3& translate,
                      double scale) {
  Matrix4 view{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) view[4 * row + column] = rotation_transposed[3 * column + row];
    view[4 * row + 3] = translation[row];
  }
  view[15] = 1;
  Matrix4 camera_to_world = rigid_inverse(view);
  for (int axis = 0; axis < 3; ++axis) {
    camera_to_world[4 * axis + 3] = (camera_to_world[4 * axis + 3] + translate[axis]) * scale;
  }
  return rigid_inverse(camera_to_world);
}

Matrix4 rigid_inverse(const Matrix4& transform) {
  Matrix4 inverse{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      inverse[4 * row + column] = transform[4 * column + row];
      inverse[4 * row + 3] -= transform[4 * column + row] * transform[4 * column + 3];
    }
  }
  inverse[15] = 1;
  return inverse;
}

}  // namespace retort::field
