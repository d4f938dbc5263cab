#include "distil/field/methods/resolution_schedule.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "io/area_resize.h"

namespace retort::field {

namespace {
const std::vector<double> offered_divisors = {8, 6, 4, 3, 2, 1.5, 1};
constexpr double first_share = 0.25;
constexpr int64_t step_grid = 10;  // rounds away what different FFT libraries disagree on
}  // namespace

std::vector<double> spectrum_shares(const io::Image& picture, const std::vector<double>& divisors) {
  RT_CHECK(picture.channels == 3 && !picture.empty(), "spectrum of a picture with {} channels", picture.channels);
  auto bytes = at::empty({picture.height, picture.width, 3}, at::kByte);
  std::copy(picture.pixels.begin(), picture.pixels.end(), bytes.data_ptr<uint8_t>());
  const auto planes = bytes.permute({2, 0, 1}).to(at::kFloat) / 255;
  const auto amplitude = at::abs(at::fft_fft2(planes)).sum(0).contiguous();
  const float* values = amplitude.data_ptr<float>();
  std::vector<double> sums(divisors.size(), 0);
  double total = 0;
  for (int row = 0; row < picture.height; ++row) {
    for (int column = 0; column < picture.width; ++column) {
      const double value = values[int64_t{row} * picture.width + column];
      const double down = double(std::min(row, picture.height - row)) / picture.height;
      const double across = double(std::min(column, picture.width - column)) / picture.width;
      const double frequency = 2 * std::max(down, across);  // 1 at the finest
      total += value;
      for (size_t index = 0; index < divisors.size(); ++index) {
        if (frequency * divisors[index] <= 1) sums[index] += value;
      }
    }
  }
  for (double& sum : sums) sum = total > 0 ? sum / total : 1;
  return sums;
}

std::vector<ResolutionLevel> plan_resolution(const std::vector<const io::Image*>& pictures, int64_t full_from) {
  RT_CHECK(!pictures.empty(), "resolution schedule: no pictures");
  std::vector<double> shares(offered_divisors.size(), 0);
  for (const auto* picture : pictures) {
    const auto of_picture = spectrum_shares(*picture, offered_divisors);
    for (size_t index = 0; index < shares.size(); ++index) shares[index] += of_picture[index] / double(pictures.size());
  }
  size_t first = 0;
  while (first + 1 < shares.size() && shares[first] < first_share) ++first;
  std::vector<ResolutionLevel> levels = {{offered_divisors[first], 1}};
  for (size_t index = first + 1; index < shares.size(); ++index) {
    const auto grid_steps = std::llround(shares[index - 1] * double(full_from) / double(step_grid));
    levels.push_back({offered_divisors[index], 1 + grid_steps * step_grid});
  }
  return levels;
}

double divisor_at(const std::vector<ResolutionLevel>& levels, int64_t step) {
  double divisor = 1;
  for (const auto& level : levels) {
    if (step >= level.first_step) divisor = level.divisor;
  }
  return divisor;
}

ViewImage smaller_view(const ViewImage& image, int width, int height) {
  ViewImage smaller{.rgb = io::area_resize(image.rgb, width, height), .mask = {}};
  if (image.mask.empty()) return smaller;
  smaller.mask = io::area_resize(image.mask, width, height);
  for (auto& value : smaller.mask.pixels) value = value == 255 ? 255 : 0;
  return smaller;
}

}  // namespace retort::field
