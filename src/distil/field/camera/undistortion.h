// From a distorted photo to the picture that an ideal pinhole would have taken.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "distil/field/camera/camera.h"
#include "distil/field/camera/lens.h"

namespace retort::field {

/// The pinhole of the undistorted picture: the lens's size and principal point. Lenses that bend distances on a plane
/// keep their focal lengths. Fisheye and FOV lenses see farther than a pinhole can show usefully (tan grows without
/// bound towards 90 degrees): their focal lengths are scaled together by the least factor with which the middle of no
/// side of the picture lies beyond the photo's, nor more than 55 degrees off the axis.
Camera ideal_pinhole(const Lens& lens, const Matrix4& world_to_camera);

/// Where each pixel of the undistorted picture finds its colour.
struct UndistortionMap {
  int width = 0, height = 0;
  std::vector<float> source;  ///< [height, width, 2] x, y in the photo, pixel centres at whole numbers; NaN: outside
};

/// For the camera of ideal_pinhole(). Pixels whose bilinear neighbourhood leaves the photo, or that lie behind the fold
/// of the distortion, count as outside.
UndistortionMap undistortion_map(const Lens& lens);

/// Bilinear lookup of interleaved 8-bit pixels, rounded; pixels from outside are 0. `valid` (may be empty) receives 255
/// or 0 a pixel. Fault unless `pixels` has width * height * channels bytes.
std::vector<uint8_t> apply_undistortion(const UndistortionMap& map, std::span<const uint8_t> pixels, int channels,
                                        std::span<uint8_t> valid);

}  // namespace retort::field
