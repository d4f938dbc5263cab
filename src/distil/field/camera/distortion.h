// How a lens bends straight rays, and the way back.
#pragma once

#include <array>

#include "distil/field/camera/lens.h"

namespace retort::field {

/// The formula of one lens, from normalised ideal coordinates (x/z, y/z) to normalised distorted ones (pixels less the
/// principal point, by the focal lengths) and back. COLMAP, sensor/models.h: first the plane of the model, which is
/// (x/z, y/z) itself, for fisheye lenses the angle theta in the point's direction, for FOV (Devernay and Faugeras)
/// atan(2 r tan(omega / 2)) / omega; there, with s the squared radius,
///   u (1 + k1 s + k2 s^2 + ...) + 2 p1 u v + p2 (s + 2 u^2) + sx1 s, the same for v with p1 and p2 exchanged and sy1,
/// where FULL_OPENCV divides the radial polynomial by 1 + k4 s + k5 s^2 + k6 s^3.
class Distortion {
 public:
  explicit Distortion(const Lens& lens);

  struct Point {
    double x = 0, y = 0;                                ///< distorted
    double dx_dx = 0, dx_dy = 0, dy_dx = 0, dy_dy = 0;  ///< derivatives by the ideal point
    bool valid = false;  ///< false behind the fold, where the formula turns back, and beyond 89.9 degrees
  };

  Point at(std::array<double, 2> ideal) const;
  /// `at` without derivatives, whether valid or not.
  std::array<double, 2> distort(std::array<double, 2> ideal) const;
  /// The inverse; NaN where there is none: behind the fold, and 90 degrees and more off the axis.
  std::array<double, 2> undistort(std::array<double, 2> distorted) const;
  /// Radius of the farthest valid point, tangential and prism terms left aside: ideal, and distorted.
  double ideal_reach() const;
  double distorted_reach() const;

 private:
  Point in_plane(double u, double v) const;
  double radial(double squared_radius) const;
  double unbent(double plane_radius) const;  // ideal radius

  double bend_ = 0, bend_scale_ = 1;       // plane radius of ideal radius r: scale atan(bend r) / bend; 0: r
  std::array<double, 5> numerator_ = {1};  // of the radial factor, in powers of the squared plane radius
  std::array<double, 5> denominator_ = {1};
  std::array<double, 4> numerator_slope_ = {}, denominator_slope_ = {};  // their derivatives by it
  double p1_ = 0, p2_ = 0, sx1_ = 0, sy1_ = 0;
  double fold_ = 0;  // squared plane radius
};

}  // namespace retort::field
