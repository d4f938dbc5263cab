#include "distil/field/editing/recolour.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "distil/field/splat/cpu/spherical_harmonics.h"

namespace retort::field {

namespace {
constexpr std::array<double, 3> luma = {0.2126, 0.7152, 0.0722};  // ITU-R BT.709
constexpr double darkest_mean = 1.0 / 64;  // below it brightness says nothing, and division would make noise of it

/// Mean brightness of the constant colours, weighed by opacity; one splat after the other, so that it is the same for
/// any number of threads.
double mean_brightness(const at::Tensor& sh, const at::Tensor& opacity_logits) {
  const auto constant = sh.select(1, 0).contiguous(), logits = opacity_logits.contiguous();
  const auto colours = constant.accessor<float, 2>();
  const auto opacities = logits.accessor<float, 1>();
  double sum = 0, weights = 0;
  for (int64_t row = 0; row < colours.size(0); ++row) {
    const double weight = 1 / (1 + std::exp(-double(opacities[row])));
    double brightness = 0;
    for (int channel = 0; channel < 3; ++channel) {
      brightness += luma[size_t(channel)] * std::max(0.0, 0.5 + splat::sh_c0 * double(colours[row][channel]));
    }
    sum += weight * brightness;
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

/// The same edit by matrix and offset.
RecolourEdit with_matrix(RecolourEdit edit, const at::Tensor& sh, const at::Tensor& opacity_logits) {
  if (!edit.colour) return edit;
  const double brightness = mean_brightness(sh, opacity_logits);
  const bool is_shaded = brightness >= darkest_mean;
  for (size_t row = 0; row < 3; ++row) {
    const double colour = (*edit.colour)[row];
    edit.offset[row] = is_shaded ? 0 : colour;
    for (size_t column = 0; column < 3; ++column) {
      edit.matrix[3 * row + column] = is_shaded ? colour * luma[column] / brightness : 0;
    }
  }
  return edit;
}
}  // namespace

at::Tensor recoloured(const at::Tensor& sh, const at::Tensor& opacity_logits, const RecolourEdit& edit) {
  const auto [numbers, offset, colour, keep_higher] = with_matrix(edit, sh, opacity_logits);
  const auto matrix = at::tensor(std::vector<double>(numbers.begin(), numbers.end())).view({3, 3});
  std::vector<double> shifts;
  for (size_t row = 0; row < 3; ++row) {
    const double grey = 0.5 * (numbers[3 * row] + numbers[3 * row + 1] + numbers[3 * row + 2]);
    shifts.push_back((grey + offset[row] - 0.5) / splat::sh_c0);
  }
  auto changed = at::matmul(sh.to(at::kDouble), matrix.t());
  changed.select(1, 0).add_(at::tensor(shifts));
  auto result = changed.to(at::kFloat);
  if (keep_higher) result.slice(1, 1).copy_(sh.slice(1, 1));
  return result.contiguous();
}

}  // namespace retort::field
