#include "distil/field/camera/distortion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace retort::field {
namespace {

constexpr double max_ideal_radius = 1000;  // 89.94 degrees; a plane picture shows nothing useful beyond
constexpr int undistort_max_steps = 50;

using Polynomial = std::vector<double>;  // coefficients of 1, s, s^2 ...

double value_of(std::span<const double> polynomial, double s) {
  double value = 0;
  for (size_t i = polynomial.size(); i-- > 0;) value = value * s + polynomial[i];
  return value;
}

Polynomial derivative_of(std::span<const double> polynomial) {
  Polynomial result;
  for (size_t i = 1; i < polynomial.size(); ++i) result.push_back(double(i) * polynomial[i]);
  return result;
}

Polynomial product_of(const Polynomial& a, const Polynomial& b) {
  Polynomial result(a.size() + b.size() - 1);
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) result[i + j] += a[i] * b[j];
  }
  return result;
}

double sign_change_between(std::span<const double> polynomial, double low, double high) {
  const bool rises = value_of(polynomial, low) < 0;
  while (true) {
    const double middle = 0.5 * (low + high);
    if (!(middle > low && middle < high)) return middle;
    ((value_of(polynomial, middle) < 0) == rises ? low : high) = middle;
  }
}

// Where a polynomial changes its sign in (0, upper), ascending: once at most between two turning points.
std::vector<double> sign_changes(Polynomial polynomial, double upper) {
  while (!polynomial.empty() && polynomial.back() == 0) polynomial.pop_back();
  if (polynomial.size() < 2) return {};
  auto turns = sign_changes(derivative_of(polynomial), upper);
  turns.push_back(upper);
  std::vector<double> changes;
  double low = 0;
  for (const double high : turns) {
    if (value_of(polynomial, low) * value_of(polynomial, high) < 0) {
      changes.push_back(sign_change_between(polynomial, low, high));
    }
    low = high;
  }
  return changes;
}

// Squared radius where the radial factor N / D first turns the picture back (the derivative of r N / D by r vanishes)
// or has a pole, at most `upper`. What lies behind is folded over itself (and may unfold again): not to be believed.
double fold_squared_radius(std::span<const double> numerator, std::span<const double> denominator, double upper) {
  const Polynomial n(numerator.begin(), numerator.end()), d(denominator.begin(), denominator.end());
  const auto twice_s_derivative = [](const Polynomial& p) { return product_of({0, 2}, derivative_of(p)); };
  auto slope = product_of(n, d);
  const auto rising = product_of(twice_s_derivative(n), d), falling = product_of(n, twice_s_derivative(d));
  for (size_t i = 0; i < slope.size(); ++i) slope[i] += rising[i] - falling[i];
  double fold = upper;
  for (const auto& polynomial : {slope, d}) {
    const auto changes = sign_changes(polynomial, upper);
    if (!changes.empty()) fold = std::min(fold, changes.front());
  }
  return fold;
}

struct BendFactor {
  double value, derivative;  // of atan(q) / q by q^2
};

BendFactor bend_factor(double squared) {
  constexpr double series_below = 1e-4;
  if (squared < series_below) {
    return {1 - squared * (1.0 / 3 - squared * (1.0 / 5 - squared / 7)),
            -1.0 / 3 + squared * (2.0 / 5 - squared * 3.0 / 7)};
  }
  const double q = std::sqrt(squared), value = std::atan(q) / q;
  return {value, (1 / (1 + squared) - value) / (2 * squared)};
}

}  // namespace

Distortion::Distortion(const Lens& lens) : p1_(lens.p1), p2_(lens.p2), sx1_(lens.sx1), sy1_(lens.sy1) {
  numerator_ = {1, lens.k1, lens.k2, lens.k3, 0};
  if (lens.model == LensModel::full_opencv) {
    denominator_ = {1, lens.k4, lens.k5, lens.k6, 0};
  } else {
    numerator_[4] = lens.k4;
  }
  if (lens.fisheye()) bend_ = 1;
  if (lens.omega != 0) {
    bend_ = 2 * std::tan(std::abs(lens.omega) / 2);
    bend_scale_ = bend_ / std::abs(lens.omega);
  }
  for (size_t i = 0; i < numerator_slope_.size(); ++i) {
    numerator_slope_[i] = double(i + 1) * numerator_[i + 1];
    denominator_slope_[i] = double(i + 1) * denominator_[i + 1];
  }
  const double edge = bend_ == 0 ? max_ideal_radius : bend_scale_ / bend_ * std::atan(bend_ * max_ideal_radius);
  fold_ = fold_squared_radius(numerator_, denominator_, edge * edge);
}

double Distortion::radial(double squared_radius) const {
  return value_of(numerator_, squared_radius) / value_of(denominator_, squared_radius);
}

Distortion::Point Distortion::in_plane(double u, double v) const {
  const double s = u * u + v * v;
  const double n = value_of(numerator_, s), d = value_of(denominator_, s), factor = n / d;
  const double slope = 2 * (value_of(numerator_slope_, s) - factor * value_of(denominator_slope_, s)) / d;
  Point point{.x = u * factor + 2 * p1_ * u * v + p2_ * (s + 2 * u * u) + sx1_ * s,
              .y = v * factor + p1_ * (s + 2 * v * v) + 2 * p2_ * u * v + sy1_ * s,
              .dx_dx = factor + slope * u * u + 2 * p1_ * v + 6 * p2_ * u + 2 * sx1_ * u,
              .dx_dy = slope * u * v + 2 * p1_ * u + 2 * p2_ * v + 2 * sx1_ * v,
              .dy_dx = slope * u * v + 2 * p1_ * u + 2 * p2_ * v + 2 * sy1_ * u,
              .dy_dy = factor + slope * v * v + 6 * p1_ * v + 2 * p2_ * u + 2 * sy1_ * v};
  point.valid = s < fold_ && point.dx_dx * point.dy_dy - point.dx_dy * point.dy_dx > 0;
  return point;
}

Distortion::Point Distortion::at(std::array<double, 2> ideal) const {
  if (bend_ == 0) return in_plane(ideal[0], ideal[1]);
  const auto [x, y] = ideal;
  const auto bend = bend_factor(bend_ * bend_ * (x * x + y * y));
  const double factor = bend_scale_ * bend.value, slope = 2 * bend_scale_ * bend_ * bend_ * bend.derivative;
  const double du_dx = factor + slope * x * x, du_dy = slope * x * y, dv_dy = factor + slope * y * y;
  const auto p = in_plane(x * factor, y * factor);
  return {.x = p.x,
          .y = p.y,
          .dx_dx = p.dx_dx * du_dx + p.dx_dy * du_dy,
          .dx_dy = p.dx_dx * du_dy + p.dx_dy * dv_dy,
          .dy_dx = p.dy_dx * du_dx + p.dy_dy * du_dy,
          .dy_dy = p.dy_dx * du_dy + p.dy_dy * dv_dy,
          .valid = p.valid};
}

std::array<double, 2> Distortion::distort(std::array<double, 2> ideal) const {
  const auto point = at(ideal);
  return {point.x, point.y};
}

double Distortion::unbent(double plane_radius) const {
  return bend_ == 0 ? plane_radius : std::tan(plane_radius * bend_ / bend_scale_) / bend_;
}

double Distortion::ideal_reach() const { return unbent(std::sqrt(fold_)); }

double Distortion::distorted_reach() const {
  const double radius = std::sqrt(fold_) * (1 - 1e-9);  // a pole is not to be stepped on
  return radius * radial(radius * radius);
}

std::array<double, 2> Distortion::undistort(std::array<double, 2> distorted) const {
  constexpr double tolerance = 1e-12, nan = std::numeric_limits<double>::quiet_NaN();
  const double wanted = std::hypot(distorted[0], distorted[1]);
  if (wanted == 0) return {0, 0};
  // The radial part rises up to the fold; Newton's method from its solution takes in the rest.
  double low = 0, high = std::sqrt(fold_);
  for (int step = 0; step < undistort_max_steps; ++step) {
    const double middle = 0.5 * (low + high);
    (middle * radial(middle * middle) < wanted ? low : high) = middle;
  }
  double u = distorted[0] / wanted * low, v = distorted[1] / wanted * low;
  for (int step = 0; step < undistort_max_steps; ++step) {
    const auto point = in_plane(u, v);
    const double error_x = point.x - distorted[0], error_y = point.y - distorted[1];
    const double determinant = point.dx_dx * point.dy_dy - point.dx_dy * point.dy_dx;
    if (!(determinant > 0)) break;
    u -= (point.dy_dy * error_x - point.dx_dy * error_y) / determinant;
    v -= (point.dx_dx * error_y - point.dy_dx * error_x) / determinant;
    const double radius = std::hypot(u, v);
    if (std::hypot(error_x, error_y) >= tolerance * (1 + radius)) continue;
    if (!(radius * radius < fold_)) break;
    const double back = radius == 0 ? 1 : unbent(radius) / radius;
    return {u * back, v * back};
  }
  return {nan, nan};
}

}  // namespace retort::field
