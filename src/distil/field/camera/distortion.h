// Lens models of COLMAP and the way from a distorted photo to an ideal pinhole picture.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "distil/field/camera/camera.h"

namespace retort::field {

/// Models that are understood, with COLMAP's numbers.
enum class LensModel { simple_pinhole = 0, pinhole = 1, simple_radial = 2, radial = 3, opencv = 4 };

/// COLMAP's name ("SIMPLE_RADIAL") of a model number, or "" when there is no such model. Knows the unsupported ones
/// too.
std::string_view lens_model_name(int model);
/// The number of a name, or -1.
int lens_model_number(std::string_view name);
/// Parameters of a supported model in COLMAP's files, or -1 for an unsupported one.
int lens_parameter_count(int model);
/// "SIMPLE_PINHOLE, PINHOLE, ..." for messages.
std::string supported_lens_models();

/// Intrinsics with distortion. Radial terms k1, k2 and tangential p1, p2 as in OpenCV; unused ones are 0.
struct Lens {
  LensModel model = LensModel::pinhole;
  int width = 0, height = 0;
  double fx = 0, fy = 0, cx = 0, cy = 0;
  double k1 = 0, k2 = 0, p1 = 0, p2 = 0;

  bool operator==(const Lens&) const = default;
  bool distorted() const { return k1 != 0 || k2 != 0 || p1 != 0 || p2 != 0; }
};

/// From COLMAP's parameter list. UserError led by `where` for an unsupported model (with the supported ones), wrong
/// number of parameters, non-finite values, sizes that are not positive or focal lengths that are not.
Lens make_lens(int model, int64_t width, int64_t height, std::span<const double> parameters, const std::string& where);

/// The inverse of make_lens: COLMAP's parameter list.
std::vector<double> lens_parameters(const Lens& lens);

/// The same lens for a photo of another size; both axes scale apart, distortion is free of size.
Lens resized(const Lens& lens, int width, int height);

/// The pinhole with the lens's size, focal lengths and principal point.
Camera ideal_pinhole(const Lens& lens, const Matrix4& world_to_camera);

/// Normalised ideal coordinates (x/z, y/z) -> normalised distorted ones.
std::array<double, 2> distort(const Lens& lens, std::array<double, 2> ideal);
/// The inverse, by Newton's method from the distorted point; NaN where it does not converge (behind the fold of a
/// strong distortion).
std::array<double, 2> undistort(const Lens& lens, std::array<double, 2> distorted);

/// Where each pixel of the undistorted picture (same size, focal lengths and principal point) finds its colour.
struct UndistortionMap {
  int width = 0, height = 0;
  std::vector<float> source;  ///< [height, width, 2] x, y in the photo, pixel centres at whole numbers; NaN: outside
};

/// Pixels whose bilinear neighbourhood leaves the photo, or that lie behind the fold of the distortion, count as
/// outside.
UndistortionMap undistortion_map(const Lens& lens);

/// Bilinear lookup of interleaved 8-bit pixels, rounded; pixels from outside are 0. `valid` (may be empty) receives 255
/// or 0 a pixel. Fault unless `pixels` has width * height * channels bytes.
std::vector<uint8_t> apply_undistortion(const UndistortionMap& map, std::span<const uint8_t> pixels, int channels,
                                        std::span<uint8_t> valid);

}  // namespace retort::field
