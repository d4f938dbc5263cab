#include "data/transforms/random_window.h"

#include <cmath>

namespace retort::data {

void WindowRange::check(Problems& problems) const {
  problems.require(scale_min <= scale_max, "scale_min", "is larger than scale_max");
  problems.require(ratio_min <= ratio_max, "ratio_min", "is larger than ratio_max");
}

std::optional<Window> draw_window(int height, int width, const WindowRange& range, bool strictly,
                                  RandomGenerator& random) {
  constexpr int tries = 10;
  const int margin = strictly ? 1 : 0;
  const double area = double(height) * width;
  const double log_ratio_min = std::log(range.ratio_min), log_ratio_max = std::log(range.ratio_max);
  for (int i = 0; i < tries; ++i) {
    const double wanted = area * (range.scale_min + (range.scale_max - range.scale_min) * random.uniform());
    const double ratio = std::exp(log_ratio_min + (log_ratio_max - log_ratio_min) * random.uniform());
    Window window;
    window.width = int(std::lround(std::sqrt(wanted * ratio)));
    window.height = int(std::lround(std::sqrt(wanted / ratio)));
    if (window.width < 1 || window.height < 1) continue;
    if (window.width > width - margin || window.height > height - margin) continue;
    window.top = int(random.integer(height - window.height + 1));
    window.left = int(random.integer(width - window.width + 1));
    return window;
  }
  return std::nullopt;
}

}  // namespace retort::data
