#include "distil/field/camera/undistortion.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/errors.h"
#include "distil/field/camera/distortion.h"

namespace retort::field {
namespace {

const double widest_picture = std::tan(55 * std::numbers::pi / 180);  // ideal coordinate of a side's middle

// By what the focal lengths of a lens with bent angles are multiplied.
double pinhole_scale(const Lens& lens) {
  const Distortion distortion(lens);
  // The outermost pixels' centres: farther out there is no bilinear neighbourhood.
  const std::array<std::array<double, 2>, 4> sides = {{{(0.5 - lens.cx) / lens.fx, 0},
                                                       {(lens.width - 0.5 - lens.cx) / lens.fx, 0},
                                                       {0, (0.5 - lens.cy) / lens.fy},
                                                       {0, (lens.height - 0.5 - lens.cy) / lens.fy}}};
  const double widest = std::min(widest_picture, distortion.ideal_reach());
  double scale = 0;
  for (size_t i = 0; i < sides.size(); ++i) {
    const bool upper = i % 2 == 1;
    const double side = sides[i][i / 2] * (upper ? 1 : -1);
    if (!(side > 0)) continue;  // the principal point lies beyond
    double seen = distortion.undistort(sides[i])[i / 2] * (upper ? 1 : -1);
    if (!(seen > 0 && seen < widest)) seen = widest;
    scale = std::max(scale, side / seen);
  }
  return scale > 0 ? scale : 1;
}

}  // namespace

Camera ideal_pinhole(const Lens& lens, const Matrix4& world_to_camera) {
  const double scale = lens.fisheye() || lens.omega != 0 ? pinhole_scale(lens) : 1;
  return {.width = lens.width,
          .height = lens.height,
          .fx = scale * lens.fx,
          .fy = scale * lens.fy,
          .cx = lens.cx,
          .cy = lens.cy,
          .world_to_camera = world_to_camera};
}

UndistortionMap undistortion_map(const Lens& lens) {
  UndistortionMap map{lens.width, lens.height, std::vector<float>(size_t(lens.width) * lens.height * 2)};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Distortion distortion(lens);
  const auto pinhole = ideal_pinhole(lens, {});
  for (int row = 0; row < lens.height; ++row) {
    for (int column = 0; column < lens.width; ++column) {
      const auto to = distortion.at({(column + 0.5 - pinhole.cx) / pinhole.fx, (row + 0.5 - pinhole.cy) / pinhole.fy});
      const double x = to.x * lens.fx + lens.cx - 0.5, y = to.y * lens.fy + lens.cy - 0.5;
      // Rounding may put the pixels of a straight picture's border a hair outside.
      constexpr double slack = 1e-6;
      const bool inside =
          to.valid && x >= -slack && y >= -slack && x <= lens.width - 1 + slack && y <= lens.height - 1 + slack;
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
