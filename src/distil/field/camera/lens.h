// The intrinsics of a photo's camera, with distortion: COLMAP's models and their parameter lists.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace retort::field {

/// Models that are understood, with COLMAP's numbers.
enum class LensModel {
  simple_pinhole = 0,
  pinhole = 1,
  simple_radial = 2,
  radial = 3,
  opencv = 4,
  opencv_fisheye = 5,
  full_opencv = 6,
  fov = 7,
  simple_radial_fisheye = 8,
  radial_fisheye = 9,
  thin_prism_fisheye = 10,
  simple_fisheye = 14,
  fisheye = 15
};

/// COLMAP's name ("SIMPLE_RADIAL") of a model number, or "" when there is no such model. Knows the unsupported ones
/// too.
std::string_view lens_model_name(int model);
/// The number of a name, or -1.
int lens_model_number(std::string_view name);
/// Parameters of a supported model in COLMAP's files, or -1 for an unsupported one.
int lens_parameter_count(int model);
/// The most parameters that a supported model has.
constexpr int max_lens_parameters = 12;
/// "SIMPLE_PINHOLE, PINHOLE, ..." for messages.
std::string supported_lens_models();

/// Intrinsics with distortion; camera/distortion.h has the formulas. What a model does not have is 0.
struct Lens {
  LensModel model = LensModel::pinhole;
  int width = 0, height = 0;
  double fx = 0, fy = 0, cx = 0, cy = 0;
  double k1 = 0, k2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0;  ///< radial
  double p1 = 0, p2 = 0;                                  ///< tangential
  double sx1 = 0, sy1 = 0;                                ///< of a thin prism
  double omega = 0;                                       ///< angle of the FOV model, radians

  bool operator==(const Lens&) const = default;

  /// Whether the model measures angles from the optical axis (equidistant) and not distances on a plane.
  bool fisheye() const {
    return model == LensModel::opencv_fisheye || model == LensModel::simple_radial_fisheye ||
           model == LensModel::radial_fisheye || model == LensModel::thin_prism_fisheye ||
           model == LensModel::simple_fisheye || model == LensModel::fisheye;
  }
  /// Whether the photo differs from a pinhole's.
  bool distorted() const {
    return fisheye() || k1 != 0 || k2 != 0 || k3 != 0 || k4 != 0 || k5 != 0 || k6 != 0 || p1 != 0 || p2 != 0 ||
           sx1 != 0 || sy1 != 0 || omega != 0;
  }
};

/// From COLMAP's parameter list. UserError led by `where` for an unsupported model (with the supported ones), wrong
/// number of parameters, non-finite values, sizes that are not positive or focal lengths that are not, an angle of the
/// FOV model of half a turn or more, and a distortion that folds the photo over itself already near the optical axis.
Lens make_lens(int model, int64_t width, int64_t height, std::span<const double> parameters, const std::string& where);

/// The inverse of make_lens: COLMAP's parameter list.
std::vector<double> lens_parameters(const Lens& lens);

/// The same lens for a photo of another size; both axes scale apart, distortion is free of size.
Lens resized(const Lens& lens, int width, int height);

}  // namespace retort::field
