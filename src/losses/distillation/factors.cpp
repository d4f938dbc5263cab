#include "losses/distillation/factors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nn/layers.h"
#include "nn/norms.h"

namespace retort::losses {

namespace {

constexpr size_t modules_per_convolution = 3;  // convolution, normalisation, activation

int64_t factor_channels(int64_t teacher_channels, double rate) {
  return std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(teacher_channels) * rate));
}

/// `convolve(scope, x, channels)`, normalisation and activation for each of three widths.
template <class Convolve>
at::Tensor three_layers(const nn::Scope& scope, at::Tensor x, const std::array<int64_t, 3>& widths,
                        const FactorOptions& options, const Convolve& convolve) {
  for (size_t layer = 0; layer < widths.size(); ++layer) {
    const auto part = [&](size_t offset) {
      return scope / fmt::format("{}", layer * modules_per_convolution + offset);
    };
    x = convolve(part(0), x, widths[layer]);
    if (options.batch_normalisation) x = nn::batch_norm(part(1), x);
    x = nn::leaky_relu(part(2), x, options.slope);
  }
  return x;
}

}  // namespace

at::Tensor extracted_factor(const nn::Scope& scope, const at::Tensor& map, int64_t teacher_channels,
                            const FactorOptions& options) {
  const int64_t factor = factor_channels(teacher_channels, options.rate);
  return three_layers(scope / "encoder", map, {map.size(1), factor, factor}, options,
                      [](const nn::Scope& layer, const at::Tensor& x, int64_t channels) {
                        return nn::conv2d(layer, x, {.out_channels = channels, .kernel = 3, .padding = 1});
                      });
}

at::Tensor paraphrased_map(const nn::Scope& scope, const at::Tensor& factor, int64_t teacher_channels,
                           const FactorOptions& options) {
  return three_layers(scope / "decoder", factor, {factor.size(1), teacher_channels, teacher_channels}, options,
                      [](const nn::Scope& layer, const at::Tensor& x, int64_t channels) {
                        return nn::conv_transpose2d(layer, x, {.out_channels = channels, .kernel = 3, .padding = 1});
                      });
}

}  // namespace retort::losses
