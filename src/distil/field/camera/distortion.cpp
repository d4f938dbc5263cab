#include "distil/field/camera/distortion.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/errors.h"

namespace retort::field {
namespace {

constexpr int64_t lens_max_side = 1 << 20;
constexpr int undistort_max_steps = 50;

struct LensModelRow {
  std::string_view name;
  int parameters;  // -1: not supported
};
constexpr std::array<LensModelRow, 12> lens_models = {{{"SIMPLE_PINHOLE", 3},
                                                       {"PINHOLE", 4},
                                                       {"SIMPLE_RADIAL", 4},
                                                       {"RADIAL", 5},
                                                       {"OPENCV", 8},
                                                       {"OPENCV_FISHEYE", -1},
                                                       {"FULL_OPENCV", -1},
                                                       {"FOV", -1},
                                                       {"SIMPLE_RADIAL_FISHEYE", -1},
                                                       {"RADIAL_FISHEYE", -1},
                                                       {"THIN_PRISM_FISHEYE", -1},
                                                       {"RAD_TAN_THIN_PRISM_FISHEYE", -1}}};

bool known_lens_model(int model) { return model >= 0 && size_t(model) < lens_models.size(); }

struct Distorted {
  double x, y;                        // distorted point
  double dx_dx, dx_dy, dy_dx, dy_dy;  // derivatives by the ideal point
};

Distorted distorted_with_derivatives(const Lens& lens, double x, double y) {
  const double r2 = x * x + y * y;
  const double radial = 1 + r2 * (lens.k1 + r2 * lens.k2);
  const double slope = 2 * (lens.k1 + 2 * lens.k2 * r2);  // d radial / dx = slope * x
  return {.x = x * radial + 2 * lens.p1 * x * y + lens.p2 * (r2 + 2 * x * x),
          .y = y * radial + lens.p1 * (r2 + 2 * y * y) + 2 * lens.p2 * x * y,
          .dx_dx = radial + slope * x * x + 2 * lens.p1 * y + 6 * lens.p2 * x,
          .dx_dy = slope * x * y + 2 * lens.p1 * x + 2 * lens.p2 * y,
          .dy_dx = slope * x * y + 2 * lens.p1 * x + 2 * lens.p2 * y,
          .dy_dy = radial + slope * y * y + 6 * lens.p1 * y + 2 * lens.p2 * x};
}

double determinant(const Distorted& d) { return d.dx_dx * d.dy_dy - d.dx_dy * d.dy_dx; }

// Squared radius where the radial polynomial first turns back: the least positive root of 1 + 3 k1 s + 5 k2 s^2. Behind
// it the picture is folded over itself (and may unfold again), so nothing there is to be believed.
double fold_squared_radius(const Lens& lens) {
  const double a = 5 * lens.k2, b = 3 * lens.k1, infinity = std::numeric_limits<double>::infinity();
  const double discriminant = b * b - 4 * a;
  if (discriminant < 0) return infinity;
  // Both roots without cancellation: q / a and 1 / q.
  const double q = -0.5 * (b + std::copysign(std::sqrt(discriminant), b));
  double nearest = infinity;
  for (const double root : {q / a, 1 / q}) {
    if (root > 0) nearest = std::min(nearest, root);
  }
  return nearest;
}

bool before_fold(const Distorted& d, double x, double y, double fold) {
  return x * x + y * y < fold && determinant(d) > 0;
}

}  // namespace

std::string_view lens_model_name(int model) { return known_lens_model(model) ? lens_models[size_t(model)].name : ""; }

int lens_model_number(std::string_view name) {
  for (size_t i = 0; i < lens_models.size(); ++i) {
    if (lens_models[i].name == name) return int(i);
  }
  return -1;
}

int lens_parameter_count(int model) { return known_lens_model(model) ? lens_models[size_t(model)].parameters : -1; }

std::string supported_lens_models() {
  std::string names;
  for (const auto& row : lens_models) {
    if (row.parameters < 0) continue;
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

Lens make_lens(int model, int64_t width, int64_t height, std::span<const double> parameters, const std::string& where) {
  if (lens_parameter_count(model) < 0) {
    const std::string name =
        known_lens_model(model) ? std::string(lens_model_name(model)) : fmt::format("number {}", model);
    user_error(
        "{}: camera model {} is not supported; take one of {} (COLMAP: --ImageReader.camera_model, or undistort with "
        "`colmap image_undistorter`)",
        where, name, supported_lens_models());
  }
  if (width < 1 || height < 1 || width > lens_max_side || height > lens_max_side) {
    user_error("{}: image size {}x{}; the camera is damaged, export the model again", where, width, height);
  }
  if (int(parameters.size()) != lens_parameter_count(model)) {
    user_error("{}: {} takes {} parameters, found {}", where, lens_model_name(model), lens_parameter_count(model),
               parameters.size());
  }
  const bool finite = std::all_of(parameters.begin(), parameters.end(), [](double p) { return std::isfinite(p); });
  Lens lens{.model = LensModel(model), .width = int(width), .height = int(height)};
  const bool one_focal = lens.model != LensModel::pinhole && lens.model != LensModel::opencv;
  lens.fx = parameters[0];
  lens.fy = one_focal ? parameters[0] : parameters[1];
  const auto rest = parameters.subspan(one_focal ? 1 : 2);
  lens.cx = rest[0];
  lens.cy = rest[1];
  double* const terms[] = {&lens.k1, &lens.k2, &lens.p1, &lens.p2};
  for (size_t i = 2; i < rest.size(); ++i) *terms[i - 2] = rest[i];
  if (!finite || lens.fx <= 0 || lens.fy <= 0) {
    user_error(
        "{}: focal lengths {} and {}, principal point {}, {}: they must be finite and the focal lengths positive; "
        "run the reconstruction again",
        where, lens.fx, lens.fy, lens.cx, lens.cy);
  }
  return lens;
}

std::vector<double> lens_parameters(const Lens& lens) {
  switch (lens.model) {
    case LensModel::simple_pinhole:
      return {lens.fx, lens.cx, lens.cy};
    case LensModel::pinhole:
      return {lens.fx, lens.fy, lens.cx, lens.cy};
    case LensModel::simple_radial:
      return {lens.fx, lens.cx, lens.cy, lens.k1};
    case LensModel::radial:
      return {lens.fx, lens.cx, lens.cy, lens.k1, lens.k2};
    case LensModel::opencv:
      return {lens.fx, lens.fy, lens.cx, lens.cy, lens.k1, lens.k2, lens.p1, lens.p2};
  }
  return {};
}

Lens resized(const Lens& lens, int width, int height) {
  const double scale_x = double(width) / lens.width, scale_y = double(height) / lens.height;
  Lens result = lens;
  result.width = width;
  result.height = height;
  result.fx *= scale_x;
  result.cx *= scale_x;
  result.fy *= scale_y;
  result.cy *= scale_y;
  return result;
}

Camera ideal_pinhole(const Lens& lens, const Matrix4& world_to_camera) {
  return {.width = lens.width,
          .height = lens.height,
          .fx = lens.fx,
          .fy = lens.fy,
          .cx = lens.cx,
          .cy = lens.cy,
          .world_to_camera = world_to_camera};
}

std::array<double, 2> distort(const Lens& lens, std::array<double, 2> ideal) {
  const auto distorted = distorted_with_derivatives(lens, ideal[0], ideal[1]);
  return {distorted.x, distorted.y};
}

std::array<double, 2> undistort(const Lens& lens, std::array<double, 2> distorted) {
  constexpr double tolerance = 1e-12;
  double x = distorted[0], y = distorted[1];
  for (int step = 0; step < undistort_max_steps; ++step) {
    const auto at = distorted_with_derivatives(lens, x, y);
    const double error_x = at.x - distorted[0], error_y = at.y - distorted[1];
    const double det = determinant(at);
    if (!(det > 0)) break;
    x -= (at.dy_dy * error_x - at.dx_dy * error_y) / det;
    y -= (at.dx_dx * error_y - at.dy_dx * error_x) / det;
    if (std::hypot(error_x, error_y) >= tolerance * (1 + std::hypot(x, y))) continue;
    if (x * x + y * y < fold_squared_radius(lens)) return {x, y};
    break;
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {nan, nan};
}

UndistortionMap undistortion_map(const Lens& lens) {
  UndistortionMap map{lens.width, lens.height, std::vector<float>(size_t(lens.width) * lens.height * 2)};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const double fold = fold_squared_radius(lens);
  for (int row = 0; row < lens.height; ++row) {
    for (int column = 0; column < lens.width; ++column) {
      const double ideal_x = (column + 0.5 - lens.cx) / lens.fx, ideal_y = (row + 0.5 - lens.cy) / lens.fy;
      const auto to = distorted_with_derivatives(lens, ideal_x, ideal_y);
      const double x = to.x * lens.fx + lens.cx - 0.5, y = to.y * lens.fy + lens.cy - 0.5;
      // Rounding may put the pixels of a straight picture's border a hair outside.
      constexpr double slack = 1e-6;
      const bool inside = before_fold(to, ideal_x, ideal_y, fold) && x >= -slack && y >= -slack &&
                          x <= lens.width - 1 + slack && y <= lens.height - 1 + slack;
      float* source = &map.source[(size_t(row) * lens.width + column) * 2];
      source[0] = inside ? float(std::clamp(x, 0.0, lens.width - 1.0)) : nan;
      source[1] = inside ? float(std::clamp(y, 0.0, lens.height - 1.0)) : nan;
    }
  }
  return map;
}

std::vector<uint8_t> apply_undistortion(const UndistortionMap& map, std::span<const uint8_t> pixels, int channels,
                                        std::span<uint8_t> valid) {
  const size_t count = size_t(map.width) * map.height;
  RT_CHECK(pixels.size() == count * channels && (valid.empty() || valid.size() == count),
           "undistortion of {}x{}: {} bytes of {} channels, {} of validity", map.width, map.height, pixels.size(),
           channels, valid.size());
  std::vector<uint8_t> result(pixels.size());
  for (size_t i = 0; i < count; ++i) {
    const float x = map.source[2 * i], y = map.source[2 * i + 1];
    const bool inside = !std::isnan(x);
    if (!valid.empty()) valid[i] = inside ? 255 : 0;
    if (!inside) continue;
    const int left = int(x), top = int(y);
    const int right = std::min(left + 1, map.width - 1), bottom = std::min(top + 1, map.height - 1);
    const float along = x - float(left), down = y - float(top);
    const auto value = [&](int column, int row, int c) {
      return float(pixels[(size_t(row) * map.width + column) * channels + c]);
    };
    for (int c = 0; c < channels; ++c) {
      const float upper = value(left, top, c) * (1 - along) + value(right, top, c) * along;
      const float lower = value(left, bottom, c) * (1 - along) + value(right, bottom, c) * along;
      result[i * channels + c] = uint8_t(upper * (1 - down) + lower * down + 0.5F);
    }
  }
  return result;
}

}  // namespace retort::field
