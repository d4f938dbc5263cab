// The ideal pinhole camera that scenes yield and renderers take.
#pragma once

#include <array>

namespace retort::field {

using Matrix3 = std::array<double, 9>;   ///< row-major
using Matrix4 = std::array<double, 16>;  ///< row-major, acts on column vectors
using Vector3 = std::array<double, 3>;

/// Pinhole intrinsics and pose. COLMAP axes: x right, y down, z forward. Pixel coordinates follow COLMAP: the centre of
/// the top left pixel is (0.5, 0.5), the middle of the image (width / 2, height / 2).
struct Camera {
  int width = 0, height = 0;              ///< pixels
  double fx = 0, fy = 0, cx = 0, cy = 0;  ///< pixels
  Matrix4 world_to_camera = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

  double fov_x() const;  ///< full angle in radians: 2 atan(width / (2 fx))
  double fov_y() const;
  Vector3 centre() const;  ///< position in the world: -R^T t
};

/// A camera with its principal point in the middle and focal lengths from the fields of view (radians).
Camera camera_from_fov(int width, int height, double fov_x, double fov_y, const Matrix4& world_to_camera);

/// The same camera for an image of another size; both axes scale apart.
Camera resized(const Camera& camera, int width, int height);

/// OpenGL-like projection with z mapped to [0, 1] and P32 = +1 (Feature 3DGS, utils/graphics_utils.py
/// getProjectionMatrix).
Matrix4 projection_matrix(double znear, double zfar, double fov_x, double fov_y);

/// World-to-camera matrix from a *transposed* world-to-camera rotation and a translation; the camera centre is moved to
/// (centre + translate) * scale (Feature 3DGS, utils/graphics_utils.py getWorld2View2).
Matrix4 world_to_view(const Matrix3& rotation_transposed, const Vector3& translation,
                      const Vector3& translate = {0, 0, 0}, double scale = 1);

/// Inverse of a rigid transform [R t; 0 1].
Matrix4 rigid_inverse(const Matrix4& transform);

}  // namespace retort::field
