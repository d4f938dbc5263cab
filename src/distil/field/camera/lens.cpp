#include "distil/field/camera/lens.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/errors.h"
#include "distil/field/camera/distortion.h"

namespace retort::field {
namespace {

constexpr int64_t lens_max_side = 1 << 20;
constexpr double least_lens_reach = 0.05;  // of the photo's longer half side, that must be seen before the fold

// COLMAP, sensor/models.h: each list is the focal length (one or two), the principal point, and then these.
using LensTerm = double Lens::*;
struct LensModelRow {
  std::string_view name;
  int focal_lengths = 0;  // 0: not supported
  std::array<LensTerm, 8> terms = {};

  int parameters() const {
    if (focal_lengths == 0) return -1;
    const auto end = std::find(terms.begin(), terms.end(), nullptr);
    return focal_lengths + 2 + int(end - terms.begin());
  }
};

const std::array<LensModelRow, 18> lens_models = {{
    {"SIMPLE_PINHOLE", 1},
    {"PINHOLE", 2},
    {"SIMPLE_RADIAL", 1, {&Lens::k1}},
    {"RADIAL", 1, {&Lens::k1, &Lens::k2}},
    {"OPENCV", 2, {&Lens::k1, &Lens::k2, &Lens::p1, &Lens::p2}},
    {"OPENCV_FISHEYE", 2, {&Lens::k1, &Lens::k2, &Lens::k3, &Lens::k4}},
    {"FULL_OPENCV", 2, {&Lens::k1, &Lens::k2, &Lens::p1, &Lens::p2, &Lens::k3, &Lens::k4, &Lens::k5, &Lens::k6}},
    {"FOV", 2, {&Lens::omega}},
    {"SIMPLE_RADIAL_FISHEYE", 1, {&Lens::k1}},
    {"RADIAL_FISHEYE", 1, {&Lens::k1, &Lens::k2}},
    {"THIN_PRISM_FISHEYE",
     2,
     {&Lens::k1, &Lens::k2, &Lens::p1, &Lens::p2, &Lens::k3, &Lens::k4, &Lens::sx1, &Lens::sy1}},
    {"RAD_TAN_THIN_PRISM_FISHEYE"},
    {"SIMPLE_DIVISION"},
    {"DIVISION"},
    {"SIMPLE_FISHEYE", 1},
    {"FISHEYE", 2},
    {"EUCM"},
    {"EQUIRECTANGULAR"},
}};

bool known_lens_model(int model) { return model >= 0 && size_t(model) < lens_models.size(); }

// A lens must show some of the world before its formula turns back.
void check_lens_reach(const Lens& lens, const std::string& where) {
  if (!(std::abs(lens.omega) < std::numbers::pi)) {
    user_error("{}: the angle {} of {} must be less than half a turn (pi); run the reconstruction again", where,
               lens.omega, lens_model_name(int(lens.model)));
  }
  const double seen = Distortion(lens).distorted_reach();
  const double side = std::max(lens.width / lens.fx, lens.height / lens.fy) / 2;
  if (!(seen >= least_lens_reach * side)) {
    user_error(
        "{}: the distortion of {} folds the photo over itself at {:.3g} of its half side, so it can't be taken out; "
        "its terms are wrong: run the reconstruction again, or with a simpler camera model",
        where, lens_model_name(int(lens.model)), seen / side);
  }
}

}  // namespace

std::string_view lens_model_name(int model) { return known_lens_model(model) ? lens_models[size_t(model)].name : ""; }

int lens_model_number(std::string_view name) {
  for (size_t i = 0; i < lens_models.size(); ++i) {
    if (lens_models[i].name == name) return int(i);
  }
  return -1;
}

int lens_parameter_count(int model) { return known_lens_model(model) ? lens_models[size_t(model)].parameters() : -1; }

std::string supported_lens_models() {
  std::string names;
  for (const auto& row : lens_models) {
    if (row.focal_lengths == 0) continue;
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
  const auto& row = lens_models[size_t(model)];
  Lens lens{.model = LensModel(model), .width = int(width), .height = int(height)};
  lens.fx = parameters[0];
  lens.fy = parameters[size_t(row.focal_lengths) - 1];
  const auto rest = parameters.subspan(size_t(row.focal_lengths));
  lens.cx = rest[0];
  lens.cy = rest[1];
  for (size_t i = 2; i < rest.size(); ++i) lens.*row.terms[i - 2] = rest[i];
  const bool finite = std::all_of(parameters.begin(), parameters.end(), [](double p) { return std::isfinite(p); });
  if (!finite || lens.fx <= 0 || lens.fy <= 0) {
    user_error(
        "{}: focal lengths {} and {}, principal point {}, {}: all parameters must be finite and the focal lengths "
        "positive; run the reconstruction again",
        where, lens.fx, lens.fy, lens.cx, lens.cy);
  }
  if (lens.distorted()) check_lens_reach(lens, where);
  return lens;
}

std::vector<double> lens_parameters(const Lens& lens) {
  const auto& row = lens_models[size_t(lens.model)];
  std::vector<double> parameters = {lens.fx};
  if (row.focal_lengths == 2) parameters.push_back(lens.fy);
  parameters.insert(parameters.end(), {lens.cx, lens.cy});
  for (const LensTerm term : row.terms) {
    if (term != nullptr) parameters.push_back(lens.*term);
  }
  return parameters;
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

}  // namespace retort::field
