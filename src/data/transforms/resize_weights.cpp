#include "data/transforms/resize_weights.h"

#include <algorithm>
#include <cmath>

namespace retort::data {
namespace {

double triangle_filter(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

double keys_cubic_filter(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

}  // namespace

AxisWeights::AxisWeights(int size, int outputs, ResizeFilter filter) {
  const double scale = double(size) / outputs, stretch = std::max(scale, 1.0);
  const double shrink = 1 / stretch;  // multiplied by, not divided: as Pillow rounds
  const double support = (filter == ResizeFilter::bilinear ? 1.0 : 2.0) * stretch;
  widest = int(std::ceil(support)) * 2 + 1;
  weights.assign(size_t(outputs) * size_t(widest), 0);
  std::vector<double> exact(static_cast<size_t>(widest));
  for (int i = 0; i < outputs; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(int(centre - support + 0.5), 0);
    const int count = std::min(int(centre + support + 0.5), size) - first;
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double x = (first + k - centre + 0.5) * shrink;
      exact[size_t(k)] = filter == ResizeFilter::bilinear ? triangle_filter(x) : keys_cubic_filter(x);
      sum += exact[size_t(k)];
    }
    const double part = sum != 0 ? 1 / sum : 1;
    for (int k = 0; k < count; ++k) {
      const double weight = exact[size_t(k)] * part;
      weights[size_t(i) * size_t(widest) + size_t(k)] =
          int32_t(std::trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << fraction_bits)));
    }
    reaches.push_back({first, count});
  }
}

}  // namespace retort::data
