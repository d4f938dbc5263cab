#include "nn/layers.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/errors.h"
#include "io/array.h"

namespace retort::nn {

SamePadding same_padding(int64_t size, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t outputs = (size + stride - 1) / stride;
  const int64_t total = std::max<int64_t>((outputs - 1) * stride + (kernel - 1) * dilation + 1 - size, 0);
  return {total / 2, total - total / 2};
}

at::Tensor conv2d(const Scope& scope, const at::Tensor& x, const Conv2dOptions& options) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  const int64_t channels = x.size(1), groups = options.groups, kernel = options.kernel;
  RT_CHECK(channels % groups == 0 && options.out_channels % groups == 0, "{}: {} -> {} channels in {} groups",
           scope.path(), channels, options.out_channels, groups);
  scope.tap_input(x);
  const double bound = 1 / std::sqrt(static_cast<double>(channels / groups * kernel * kernel));
  const auto weight =
      scope.parameter("weight", {options.out_channels, channels / groups, kernel, kernel}, Initialiser::uniform(bound));
  const auto bias =
      options.bias ? scope.parameter("bias", {options.out_channels}, Initialiser::uniform(bound)) : at::Tensor();
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
  return scope.tap(at::conv2d(input, weight, bias, {options.stride, options.stride}, padding,
                              {options.dilation, options.dilation}, groups));
}

at::Tensor depthwise_conv2d(const Scope& scope, const at::Tensor& x, Conv2dOptions options) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  options.out_channels = options.groups = x.size(1);
  return conv2d(scope, x, options);
}

at::Tensor relu(const Scope& scope, const at::Tensor& x) {
  scope.tap_input(x);
  return scope.tap(at::relu(x));
}

at::Tensor relu6(const Scope& scope, const at::Tensor& x) {
  scope.tap_input(x);
  return scope.tap(at::hardtanh(x, 0, 6));
}

at::Tensor max_pool2d(const Scope& scope, const at::Tensor& x, const MaxPool2dOptions& options) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  return scope.tap(
      at::max_pool2d(x, {options.kernel, options.kernel}, {options.stride, options.stride}, 0, 1, options.round_up));
}

at::Tensor global_average_pool(const Scope& scope, const at::Tensor& x) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  return scope.tap(x.mean({2, 3}, true));
}

at::Tensor resize_bilinear(const Scope& scope, const at::Tensor& x, int64_t height, int64_t width) {
  RT_CHECK(x.dim() == 4, "{}: wants [B,C,H,W], got {}", scope.path(), io::shape_text(x.sizes().vec()));
  scope.tap_input(x);
  return scope.tap(at::upsample_bilinear2d(x, {height, width}, true));
}

int64_t scaled_channels(int64_t channels, double width) {
  return std::max<int64_t>(1, std::llround(static_cast<double>(channels) * width));
}

at::Tensor concat_channels(const Scope& scope, const std::vector<at::Tensor>& maps) {
  RT_CHECK(!maps.empty(), "{}: nothing to join", scope.path());
  return scope.tap(at::cat(maps, 1));
}

}  // namespace retort::nn
