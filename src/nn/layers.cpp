#include "nn/layers.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "io/array.h"

namespace retort::nn {

namespace {
/// 0 with probability `rate`, else 1 / (1 - rate), from the stream of the scope's path.
at::Tensor kept_mask(const Scope& scope, at::IntArrayRef shape, double rate) {
  RT_CHECK(rate > 0 && rate < 1, "{}: a rate of {}; below 1 would be right", scope.path(), rate);
  auto mask = at::empty(shape, at::kFloat);
  auto generator = scope.random().generator();
  float* values = mask.data_ptr<float>();
  const auto kept = static_cast<float>(1 / (1 - rate));
  for (int64_t i = 0; i < mask.numel(); ++i) values[i] = generator.uniform() < rate ? 0.0F : kept;
  return mask;
}
}  // namespace

SamePadding same_padding(int64_t size, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t outputs = (size + stride - 1) / stride;
  const int64_t total = std::max<int64_t>((outputs - 1) * stride + (kernel - 1) * dilation + 1 - size, 0);
  return {total / 2, total - total / 2};
}

Initialiser kaiming_fan_out(const Conv2dOptions& options) {
  const auto fan_out = static_cast<double>(options.out_channels / options.groups * options.kernel * options.kernel);
  return Initialiser::normal(std::sqrt(2 / fan_out));
}

Conv2dOptions bare_conv(int64_t out_channels, int64_t kernel, int64_t stride) {
  Conv2dOptions options{
      .out_channels = out_channels, .kernel = kernel, .stride = stride, .padding = kernel / 2, .bias = false};
  options.initialiser = kaiming_fan_out(options);
  return options;
}

at::Tensor conv2d(const Scope& scope, const at::Tensor& x, const Conv2dOptions& options) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  const int64_t channels = x.size(1), groups = options.groups, kernel = options.kernel;
  RT_CHECK(channels % groups == 0 && options.out_channels % groups == 0, "{}: {} -> {} channels in {} groups",
           scope.path(), channels, options.out_channels, groups);
  scope.tap_input(x);
  const double bound = 1 / std::sqrt(static_cast<double>(channels / groups * kernel * kernel));
  const auto weight = scope.parameter("weight", {options.out_channels, channels / groups, kernel, kernel},
                                      options.initialiser.value_or(Initialiser::uniform(bound)));
  const bool has_bias = options.bias || scope.has_folded_bias();
  const auto bias = has_bias ? scope.parameter("bias", {options.out_channels},
                                               options.bias_initialiser.value_or(Initialiser::uniform(bound)))
                             : at::Tensor();
  auto input = x;
  std::vector<int64_t> padding = {options.padding, options.padding};
  if (options.same_tensorflow) {
    const auto rows = same_padding(x.size(2), kernel, options.stride, options.dilation);
    const auto columns = same_padding(x.size(3), kernel, options.stride, options.dilation);
    // Even padding is the convolution's own business and needs no copy of the map.
    if (rows.before == rows.after && columns.before == columns.after) {
      padding = {rows.before, columns.before};
    } else {
      input = at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after}, 0);
      padding = {0, 0};
    }
  }
  return scope.tap(scope.record_map(at::conv2d(input, weight, bias, {options.stride, options.stride}, padding,
                                               {options.dilation, options.dilation}, groups)));
}

at::Tensor depthwise_conv2d(const Scope& scope, const at::Tensor& x, Conv2dOptions options) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  options.out_channels = options.groups = x.size(1);
  return conv2d(scope, x, options);
}

at::Tensor conv_transpose2d(const Scope& scope, const at::Tensor& x, const ConvTranspose2dOptions& options) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  const int64_t kernel = options.kernel;
  // PyTorch counts the fan of the transposed weight: out_channels * kernel^2.
  const double bound = 1 / std::sqrt(static_cast<double>(options.out_channels * kernel * kernel));
  const auto weight =
      scope.parameter("weight", {x.size(1), options.out_channels, kernel, kernel}, Initialiser::uniform(bound));
  const auto bias =
      options.bias ? scope.parameter("bias", {options.out_channels}, Initialiser::uniform(bound)) : at::Tensor();
  return scope.tap(
      at::conv_transpose2d(x, weight, bias, {options.stride, options.stride}, {options.padding, options.padding}));
}

at::Tensor linear(const Scope& scope, const at::Tensor& x, const LinearOptions& options) {
  RT_CHECK(x.dim() >= 1, "{}: wants [...,F], got a single number", scope.path());
  scope.tap_input(x);
  const auto bound = Initialiser::uniform(1 / std::sqrt(static_cast<double>(x.size(-1))));
  const auto weight =
      scope.parameter("weight", {options.out_features, x.size(-1)}, options.initialiser.value_or(bound));
  const bool has_bias = options.bias || scope.has_folded_bias();
  const auto bias =
      has_bias ? scope.parameter("bias", {options.out_features}, options.initialiser ? Initialiser::zeros() : bound)
               : at::Tensor();
  return scope.tap(scope.record_map(at::linear(x, weight, bias)));
}

at::Tensor embedding(const Scope& scope, const at::Tensor& indices, int64_t count, int64_t width,
                     const Initialiser& initialiser) {
  return scope.tap(at::embedding(scope.parameter("weight", {count, width}, initialiser), indices));
}

at::Tensor relu(const Scope& scope, const at::Tensor& x) {
  scope.tap_input(x);
  return scope.tap(at::relu(x));
}

at::Tensor relu6(const Scope& scope, const at::Tensor& x) {
  scope.tap_input(x);
  return scope.tap(at::hardtanh(x, 0, 6));
}

at::Tensor leaky_relu(const Scope& scope, const at::Tensor& x, double slope) {
  scope.tap_input(x);
  return scope.tap(at::leaky_relu(x, slope));
}

at::Tensor silu(const Scope& scope, const at::Tensor& x) {
  scope.tap_input(x);
  return scope.tap(at::silu(x));
}

at::Tensor gelu(const Scope& scope, const at::Tensor& x, bool tanh_approximation) {
  scope.tap_input(x);
  return scope.tap(at::gelu(x, tanh_approximation ? "tanh" : "none"));
}

at::Tensor dropout(const Scope& scope, const at::Tensor& x, double rate) {
  scope.tap_input(x);
  if (!scope.training() || rate == 0) return scope.tap(x);
  return scope.tap(x * kept_mask(scope, x.sizes(), rate).to(x.options()));
}

at::Tensor drop_path(const Scope& scope, const at::Tensor& x, double rate) {
  if (!scope.training() || rate == 0) return x;
  std::vector<int64_t> shape(x.dim(), 1);
  shape[0] = x.size(0);
  return x * kept_mask(scope, shape, rate).to(x.options());
}

at::Tensor max_pool2d(const Scope& scope, const at::Tensor& x, const MaxPool2dOptions& options) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  return scope.tap(at::max_pool2d(x, {options.kernel, options.kernel}, {options.stride, options.stride},
                                  {options.padding, options.padding}, 1, options.round_up));
}

at::Tensor average_pool2d(const Scope& scope, const at::Tensor& x, int64_t kernel, int64_t stride) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  return scope.tap(at::avg_pool2d(x, {kernel, kernel}, {stride, stride}));
}

at::Tensor global_average_pool(const Scope& scope, const at::Tensor& x) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  return scope.tap(x.mean({2, 3}, true));
}

at::Tensor classify_pooled(const Scope& scope, const at::Tensor& x, const std::string& classifier, int64_t classes) {
  return linear(scope / classifier, (scope / "avgpool").tap(x.mean({2, 3})), {.out_features = classes});
}

at::Tensor resize_bilinear(const Scope& scope, const at::Tensor& x, int64_t height, int64_t width) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  return scope.tap(at::upsample_bilinear2d(x, {height, width}, true));
}

int64_t scaled_channels(int64_t channels, double width) {
  return std::max<int64_t>(1, std::llround(static_cast<double>(channels) * width));
}

at::Tensor shuffle_channels(const at::Tensor& x, int64_t groups) {
  RT_CHECK(x.dim() == 4 && x.size(1) % groups == 0, "shuffle_channels: {} in {} groups",
           io::shape_text(x.sizes().vec()), groups);
  return x.reshape({x.size(0), groups, x.size(1) / groups, x.size(2), x.size(3)}).transpose(1, 2).reshape(x.sizes());
}

at::Tensor concat_channels(const Scope& scope, const std::vector<at::Tensor>& maps) {
  RT_CHECK(!maps.empty(), "{}: nothing to join", scope.path());
  return scope.tap(at::cat(maps, 1));
}

}  // namespace retort::nn
