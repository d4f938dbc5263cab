#include "distil/field/selection/region_maps.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace retort::field {

namespace {

constexpr int voting_side = 512;
constexpr double ring_share = 0.2;        ///< width of the ring about an outline, of the root of its area
constexpr double click_spread = 1 / 1.5;  ///< standard deviation of a click's pixels, of its radius

/// Whether anything of a row lies within `width` of each place, along one dimension; [H,W] float of 0 and 1.
at::Tensor widened(const at::Tensor& map, int64_t dimension, int64_t width) {
  const auto sums = map.cumsum(dimension);
  const int64_t size = map.size(dimension);
  const auto ahead = (at::arange(size, at::kLong) + width).clamp_max(size - 1);
  const auto behind = at::arange(size, at::kLong) - width - 1;
  const auto before = sums.index_select(dimension, behind.clamp_min(0));
  const auto counted = behind.ge(0).to(at::kFloat).unsqueeze(1 - dimension);
  return (sums.index_select(dimension, ahead) - before * counted).gt(0.5).to(at::kFloat);
}

}  // namespace

Camera voting_camera(const Camera& camera) {
  const int longest = std::max(camera.width, camera.height);
  if (longest <= voting_side) return camera;
  const double scale = static_cast<double>(voting_side) / longest;
  return resized(camera, std::max(1, static_cast<int>(std::lround(camera.width * scale))),
                 std::max(1, static_cast<int>(std::lround(camera.height * scale))));
}

std::vector<float> click_map(const Camera& camera, const Pixel& click, double radius) {
  std::vector<float> map(static_cast<size_t>(camera.width) * camera.height);
  const auto first = [&](double place) { return std::max(0, static_cast<int>(std::floor(place - radius - 1))); };
  const auto end = [&](double place, int size) {
    return static_cast<int>(std::min<double>(size, std::ceil(place + radius + 1)));
  };
  const double spread = click_spread * radius;
  for (int row = first(click[1]); row < end(click[1], camera.height); ++row) {
    for (int column = first(click[0]); column < end(click[0], camera.width); ++column) {
      const double x = column + 0.5 - click[0], y = row + 0.5 - click[1], squared = x * x + y * y;
      if (squared > radius * radius) continue;
      map[static_cast<size_t>(row) * camera.width + column] =
          static_cast<float>(std::exp(-squared / (2 * spread * spread)));
    }
  }
  return map;
}

at::Tensor ring_about(const at::Tensor& region) {
  const auto inside = region.to(at::kFloat);
  const int64_t width = std::max<int64_t>(2, std::lround(ring_share * std::sqrt(inside.sum().item<double>())));
  return widened(widened(inside, 0, width), 1, width) - inside;
}

}  // namespace retort::field
