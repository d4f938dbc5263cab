#include "nn/unet.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/errors.h"
#include "nn/attention.h"
#include "nn/layers.h"
#include "nn/norms.h"
#include "nn/sinusoids.h"

namespace retort::nn {

namespace {
constexpr double unet_norm_eps = 1e-6;
/// Keeps the variance of a sum of two parts.
const double unet_skip_scale = std::sqrt(0.5);

enum class UNetResize { none, halve, twice };

Conv2dOptions unet_conv(int64_t out_channels, int64_t kernel, double gain = 1) {
  return {.out_channels = out_channels,
          .kernel = kernel,
          .padding = kernel / 2,
          .initialiser = Initialiser::xavier_uniform(gain),
          .bias_initialiser = Initialiser::zeros()};
}

/// The last layer of a branch starts near zero, so that the branch first passes nothing.
constexpr double unet_closed_gain = 1e-5;

at::Tensor unet_norm(const Scope& scope, const at::Tensor& x) {
  return group_norm(scope, x, std::min<int64_t>(32, x.size(1) / 4), unet_norm_eps);
}

at::Tensor unet_resized(const at::Tensor& x, UNetResize resize) {
  if (resize == UNetResize::halve) return at::avg_pool2d(x, {2, 2});
  if (resize == UNetResize::twice) return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
  return x;
}

/// One head. Queries, keys and values lie interleaved in the channels: 3 c, 3 c + 1, 3 c + 2.
at::Tensor unet_attention(const Scope& scope, const at::Tensor& x) {
  const int64_t channels = x.size(1);
  const auto joint = conv2d(scope / "qkv", unet_norm(scope / "norm2", x), unet_conv(3 * channels, 1, std::sqrt(0.2)));
  const auto parts = joint.reshape({x.size(0), 1, channels, 3, -1}).permute({3, 0, 1, 4, 2});
  const auto mixed = scaled_dot_attention(scope, parts[0], parts[1], parts[2]).transpose(2, 3).reshape(x.sizes());
  return (x + conv2d(scope / "proj", mixed, unet_conv(channels, 1, unet_closed_gain))) * unet_skip_scale;
}

struct UNetBlock {
  int64_t channels = 0;
  UNetResize resize = UNetResize::none;
  bool attention = false;
  double dropout = 0;
};

at::Tensor unet_block(const Scope& scope, const at::Tensor& x, const at::Tensor& condition, const UNetBlock& block) {
  const int64_t channels = block.channels;
  auto y = unet_resized(at::silu(unet_norm(scope / "norm0", x)), block.resize);
  y = conv2d(scope / "conv0", y, unet_conv(channels, 3));
  const auto shift =
      linear(scope / "affine", condition, {.out_features = channels, .initialiser = Initialiser::xavier_uniform()});
  y = at::silu(unet_norm(scope / "norm1", y + shift.unsqueeze(2).unsqueeze(3)));
  y = dropout(scope / "dropout", y, block.dropout);
  y = conv2d(scope / "conv1", y, unet_conv(channels, 3, unet_closed_gain));
  const bool passes = x.size(1) == channels && block.resize == UNetResize::none;
  const auto skip = passes ? x : conv2d(scope / "skip", unet_resized(x, block.resize), unet_conv(channels, 1));
  y = (y + skip) * unet_skip_scale;
  return scope.tap(block.attention ? unet_attention(scope, y) : y);
}

/// [B, 4 width] from noise and label.
at::Tensor unet_condition(const Scope& scope, const at::Tensor& noise, const at::Tensor& labels,
                          const UNetOptions& options) {
  const auto start = Initialiser::xavier_uniform();
  const int64_t width = options.width;
  // The authors turn cosines-first features round before they use them.
  auto condition = sinusoids(noise, {.width = width, .reaches_end = true, .cosines_first = false});
  if (options.classes > 0) {
    RT_CHECK(labels.defined(), "{}: has classes and wants labels [B]", scope.path());
    const auto chosen = at::one_hot(labels, options.classes + 1).slice(1, 0, options.classes).to(condition.options());
    condition = condition + linear(scope / "map_label", chosen * std::sqrt(double(options.classes)),
                                   {.out_features = width, .initialiser = start});
  }
  const LinearOptions wide{.out_features = 4 * width, .initialiser = start};
  condition = at::silu(linear(scope / "map_layer0", condition, wide));
  return at::silu(linear(scope / "map_layer1", condition, wide));
}

/// The path of a level's part: "16x16_block0" for maps of 16x16.
std::string unet_part(const at::Tensor& map, UNetResize resize, const std::string& part) {
  const auto resized = [&](int64_t side) {
    return resize == UNetResize::halve ? side / 2 : resize == UNetResize::twice ? side * 2 : side;
  };
  return fmt::format("{}x{}_{}", resized(map.size(2)), resized(map.size(3)), part);
}

/// What a U-Net's two halves share.
struct UNetRun {
  const at::Tensor& condition;
  const UNetOptions& options;

  bool attends(const at::Tensor& map) const {
    const auto& sides = options.attention_sides;
    return std::find(sides.begin(), sides.end(), map.size(2)) != sides.end();
  }
  at::Tensor block(const Scope& half, const at::Tensor& x, const std::string& part, UNetBlock plan) const {
    plan.dropout = options.dropout;
    return unet_block(half / unet_part(x, plan.resize, part), x, condition, plan);
  }
};

/// All results on the way down, the deepest last.
std::vector<at::Tensor> unet_encoder(const Scope& enc, const at::Tensor& image, const UNetRun& run) {
  const auto& options = run.options;
  std::vector<at::Tensor> maps = {
      conv2d(enc / unet_part(image, UNetResize::none, "conv"), image, unet_conv(options.width, 3))};
  for (size_t level = 0; level < options.multipliers.size(); ++level) {
    if (level > 0) {
      const auto& x = maps.back();
      maps.push_back(run.block(enc, x, "down", {.channels = x.size(1), .resize = UNetResize::halve}));
    }
    for (int64_t k = 0; k < options.blocks; ++k) {
      const auto& x = maps.back();
      maps.push_back(run.block(enc, x, fmt::format("block{}", k),
                               {.channels = options.width * options.multipliers[level], .attention = run.attends(x)}));
    }
  }
  return maps;
}

at::Tensor unet_decoder(const Scope& dec, std::vector<at::Tensor> maps, const UNetRun& run) {
  const auto& options = run.options;
  auto x = maps.back();
  x = run.block(dec, x, "in0", {.channels = x.size(1), .attention = true});
  x = run.block(dec, x, "in1", {.channels = x.size(1)});
  for (size_t level = options.multipliers.size(); level-- > 0;) {
    if (level + 1 < options.multipliers.size())
      x = run.block(dec, x, "up", {.channels = x.size(1), .resize = UNetResize::twice});
    for (int64_t k = 0; k <= options.blocks; ++k) {
      x = at::cat({x, maps.back()}, 1);
      maps.pop_back();
      x = run.block(
          dec, x, fmt::format("block{}", k),
          {.channels = options.width * options.multipliers[level], .attention = k == options.blocks && run.attends(x)});
    }
  }
  x = at::silu(unet_norm(dec / unet_part(x, UNetResize::none, "aux_norm"), x));
  return conv2d(dec / unet_part(x, UNetResize::none, "aux_conv"), x,
                unet_conv(options.out_channels, 3, unet_closed_gain));
}
}  // namespace

at::Tensor unet(const Scope& scope, const at::Tensor& x, const at::Tensor& noise, const at::Tensor& labels,
                const UNetOptions& options) {
  RT_CHECK(!options.multipliers.empty(), "unet: no levels");
  const int64_t reduction = int64_t{1} << (options.multipliers.size() - 1);
  if (x.size(2) % reduction != 0 || x.size(3) % reduction != 0)
    user_error("unet: pictures of {}x{} and {} levels; multiples of {} would be right", x.size(2), x.size(3),
               options.multipliers.size(), reduction);
  const auto condition = unet_condition(scope, noise, labels, options);
  const UNetRun run{condition, options};
  return unet_decoder(scope / "dec", unet_encoder(scope / "enc", x, run), run);
}

}  // namespace retort::nn
