#include "data/transforms/affine.h"

#include <cmath>
#include <numbers>

namespace retort::data {

AffineMap shear_x_map(double factor) { return {1, factor, 0, 0, 1, 0}; }

AffineMap shear_y_map(double factor) { return {1, 0, 0, factor, 1, 0}; }

AffineMap translate_map(int right, int down) { return {1, 0, -double(right), 0, 1, -double(down)}; }

AffineMap rotate_map(double degrees, int height, int width) {
  const double angle = -degrees * std::numbers::pi / 180, cosine = std::cos(angle), sine = std::sin(angle);
  const double x = width / 2.0, y = height / 2.0;
  return {cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y};
}

Picture warp_nearest(const Picture& picture, const AffineMap& m, uint8_t fill) {
  Picture result{picture.channels, picture.height, picture.width, {}};
  result.pixels.assign(picture.pixels.size(), fill);
  const size_t plane = picture.plane();
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const double from_x = std::floor(m[0] * (x + 0.5) + m[1] * (y + 0.5) + m[2]);
      const double from_y = std::floor(m[3] * (x + 0.5) + m[4] * (y + 0.5) + m[5]);
      if (from_x < 0 || from_y < 0 || from_x >= picture.width || from_y >= picture.height) continue;
      const size_t to = size_t(y) * size_t(picture.width) + size_t(x);
      const size_t from = size_t(from_y) * size_t(picture.width) + size_t(from_x);
      for (size_t c = 0; c < size_t(picture.channels); ++c) {
        result.pixels[c * plane + to] = picture.pixels[c * plane + from];
      }
    }
  }
  return result;
}

}  // namespace retort::data
