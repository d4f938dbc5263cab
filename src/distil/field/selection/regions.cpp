#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "distil/field/selection/pointing.h"

namespace retort::field {

namespace {

/// Centres of pixels x in [first, last] lie between two coordinates; cut to [0, size).
struct PixelRange {
  int first, last;
};

PixelRange pixels_between(double low, double high, int size) {
  // Bounded before the conversion: coordinates may be anything.
  const double first = std::clamp(std::ceil(low - 0.5), 0.0, static_cast<double>(size));
  const double last = std::clamp(std::floor(high - 0.5), -1.0, static_cast<double>(size) - 1);
  return {static_cast<int>(first), static_cast<int>(last)};
}

at::Tensor empty_region(int width, int height) {
  RT_CHECK(width >= 1 && height >= 1, "region of {}x{} pixels", width, height);
  return at::zeros({height, width}, at::kBool);
}

void require_finite(const std::vector<Pixel>& points, const char* what) {
  for (const auto& [x, y] : points) {
    if (!std::isfinite(x) || !std::isfinite(y)) user_error("{}: a pixel that is no number", what);
  }
}

double squared_distance_to_segment(double x, double y, const Pixel& from, const Pixel& to) {
  const double dx = to[0] - from[0], dy = to[1] - from[1], squared = dx * dx + dy * dy;
  const double along = squared > 0 ? std::clamp(((x - from[0]) * dx + (y - from[1]) * dy) / squared, 0.0, 1.0) : 0;
  const double ex = x - from[0] - along * dx, ey = y - from[1] - along * dy;
  return ex * ex + ey * ey;
}

void mark_near_segment(const at::Tensor& region, const Pixel& from, const Pixel& to, double radius) {
  const auto height = static_cast<int>(region.size(0)), width = static_cast<int>(region.size(1));
  bool* pixel = region.data_ptr<bool>();
  const auto rows = pixels_between(std::min(from[1], to[1]) - radius, std::max(from[1], to[1]) + radius, height);
  const auto columns = pixels_between(std::min(from[0], to[0]) - radius, std::max(from[0], to[0]) + radius, width);
  for (int y = rows.first; y <= rows.last; ++y) {
    for (int x = columns.first; x <= columns.last; ++x) {
      if (squared_distance_to_segment(x + 0.5, y + 0.5, from, to) <= radius * radius) {
        pixel[int64_t{y} * width + x] = true;
      }
    }
  }
}

}  // namespace

at::Tensor disc_region(int width, int height, const Pixel& centre, double radius) {
  return scribble_region(width, height, {centre}, radius);
}

at::Tensor box_region(int width, int height, const Pixel& corner, const Pixel& opposite) {
  require_finite({corner, opposite}, "box");
  auto region = empty_region(width, height);
  const auto columns = pixels_between(std::min(corner[0], opposite[0]), std::max(corner[0], opposite[0]), width);
  const auto rows = pixels_between(std::min(corner[1], opposite[1]), std::max(corner[1], opposite[1]), height);
  if (columns.first > columns.last || rows.first > rows.last) return region;
  region.slice(0, rows.first, rows.last + 1).slice(1, columns.first, columns.last + 1).fill_(true);
  return region;
}

at::Tensor lasso_region(int width, int height, const std::vector<Pixel>& outline) {
  if (outline.size() < 3) user_error("lasso: {} corners; an outline has at least 3", outline.size());
  require_finite(outline, "lasso");
  auto region = empty_region(width, height);
  bool* pixel = region.data_ptr<bool>();
  std::vector<double> crossings;
  for (int row = 0; row < height; ++row) {
    const double y = row + 0.5;
    crossings.clear();
    for (size_t corner = 0; corner < outline.size(); ++corner) {
      const auto& from = outline[corner];
      const auto& to = outline[(corner + 1) % outline.size()];
      if ((from[1] <= y) == (to[1] <= y)) continue;
      crossings.push_back(from[0] + (y - from[1]) / (to[1] - from[1]) * (to[0] - from[0]));
    }
    std::sort(crossings.begin(), crossings.end());
    for (size_t pair = 0; pair + 1 < crossings.size(); pair += 2) {
      const auto columns = pixels_between(crossings[pair], crossings[pair + 1], width);
      for (int x = columns.first; x <= columns.last; ++x) pixel[int64_t{row} * width + x] = true;
    }
  }
  return region;
}

at::Tensor scribble_region(int width, int height, const std::vector<Pixel>& line, double radius) {
  if (line.empty()) user_error("scribble: no points");
  require_finite(line, "scribble");
  RT_CHECK(radius >= 0, "scribble of radius {}", radius);
  auto region = empty_region(width, height);
  for (size_t point = 0; point < line.size(); ++point) {
    mark_near_segment(region, line[point], line[std::min(point + 1, line.size() - 1)], radius);
  }
  return region;
}

}  // namespace retort::field
