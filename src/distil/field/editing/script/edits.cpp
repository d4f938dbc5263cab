#include "distil/field/editing/script/edits.h"

#include <cmath>
#include <span>

namespace retort::field {

namespace {
// Wide enough for any scene, and float32 stays finite.
constexpr double most_length = 1e9, most_scale = 1e6, most_colour = 1e4, most_factor = 1e9;
constexpr double unit_tolerance = 1e-6;

void require_within(std::span<const double> values, double most, const char* key, Problems& problems) {
  for (const double value : values) {
    if (std::abs(value) <= most) continue;
    problems.require(false, key, fmt::format("{} is outside [{}, {}]", value, -most, most));
    return;
  }
}

struct FindProblems {
  Problems& problems;

  void operator()(const DeleteEdit&) const {}
  void operator()(const ExtractEdit&) const {}
  void operator()(const RecolourEdit& edit) const {
    require_within(edit.matrix, most_colour, "matrix", problems);
    require_within(edit.offset, most_colour, "offset", problems);
    if (!edit.colour) return;
    for (const double value : *edit.colour) {
      problems.require(value >= 0 && value <= 1, "colour", "red, green and blue lie in [0, 1]");
    }
  }
  void operator()(const OpacityEdit& edit) const {
    problems.require(edit.factor >= 0 && edit.factor <= most_factor, "factor",
                     fmt::format("{} is outside [0, {}]", edit.factor, most_factor));
  }
  void operator()(const TransformEdit& edit) const {
    require_within(edit.move, most_length, "move", problems);
    if (edit.pivot) require_within(*edit.pivot, most_length, "pivot", problems);
    problems.require(edit.scale >= 1 / most_scale && edit.scale <= most_scale, "scale",
                     fmt::format("{} is outside [{}, {}]", edit.scale, 1 / most_scale, most_scale));
    double squares = 0;
    for (const double value : edit.rotation) squares += value * value;
    problems.require(std::abs(squares - 1) <= unit_tolerance, "rotate",
                     fmt::format("the quaternion's length is {}, not 1", std::sqrt(squares)));
  }
  void operator()(const DuplicateEdit& edit) const { (*this)(edit.transform); }
};
}  // namespace

std::string edit_name(const Edit& edit) {
  static const std::array<const char*, std::variant_size_v<Edit>> names = {"delete",  "extract",   "recolour",
                                                                           "opacity", "transform", "duplicate"};
  return names.at(edit.index());
}

Problems problems_of(const Edit& edit) {
  Problems problems;
  std::visit(FindProblems{problems}, edit);
  return problems;
}

std::array<double, 9> channel_order(const std::string& letters) {
  const std::string channels = "rgb";
  std::array<double, 9> matrix = {};
  bool fits = letters.size() == 3;
  for (size_t row = 0; fits && row < 3; ++row) {
    const auto column = channels.find(letters[row]);
    fits = column != std::string::npos;
    if (fits) matrix[3 * row + column] = 1;
  }
  if (!fits) user_error("'{}' is no order of channels; write three of r, g and b: bgr", letters);
  return matrix;
}

Quaternion turn_about(const std::array<double, 3>& axis, double degrees) {
  const double length = std::hypot(axis[0], axis[1], axis[2]);
  RT_CHECK(length > 0, "an axis of length 0");
  const double half = degrees * M_PI / 360;
  Quaternion turn = {std::cos(half), 0, 0, 0};
  for (size_t i = 0; i < 3; ++i) turn[i + 1] = std::sin(half) * (axis[i] / length);
  return turn;
}

}  // namespace retort::field
