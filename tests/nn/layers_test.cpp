#include "nn/layers.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/errors.h"
#include "support/grad_check.h"

namespace retort::nn {
namespace {

at::Tensor random_doubles(at::IntArrayRef shape, uint64_t seed) {
  auto values = at::empty(shape, at::kDouble);
  auto generator = RandomTree(seed).generator();
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<double>()[i] = generator.normal();
  return values;
}

Weights conv_weights(const at::Tensor& weight, const at::Tensor& bias) {
  Weights weights;
  weights.parameters = {{"conv.weight", weight}, {"conv.bias", bias}};
  return weights;
}

at::Tensor run_conv(const Weights& weights, const at::Tensor& x, const Conv2dOptions& options) {
  GivenSource source(weights);
  return conv2d(Scope(source) / "conv", x, options);
}

/// Convolution by its definition: six loops, any padding.
at::Tensor conv_by_loops(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const Conv2dOptions& o,
                         SamePadding rows, SamePadding columns) {
  const int64_t height = (x.size(2) + rows.before + rows.after - (o.kernel - 1) * o.dilation - 1) / o.stride + 1;
  const int64_t width = (x.size(3) + columns.before + columns.after - (o.kernel - 1) * o.dilation - 1) / o.stride + 1;
  auto y = at::zeros({x.size(0), o.out_channels, height, width}, at::kDouble);
  const auto in = x.accessor<double, 4>(), filter = weight.accessor<double, 4>();
  auto out = y.accessor<double, 4>();
  const int64_t group_in = weight.size(1), group_out = o.out_channels / o.groups;
  for (int64_t oc = 0; oc < o.out_channels; ++oc)
    for (int64_t i = 0; i < height; ++i)
      for (int64_t j = 0; j < width; ++j) {
        double sum = bias[oc].item<double>();
        for (int64_t ic = 0; ic < group_in; ++ic)
          for (int64_t u = 0; u < o.kernel; ++u)
            for (int64_t v = 0; v < o.kernel; ++v) {
              const int64_t row = i * o.stride + u * o.dilation - rows.before;
              const int64_t column = j * o.stride + v * o.dilation - columns.before;
              if (row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3)) continue;
              sum += in[0][oc / group_out * group_in + ic][row][column] * filter[oc][ic][u][v];
            }
        out[0][oc][i][j] = sum;
      }
  return y;
}

TEST(Layers, SamePaddingFollowsTensorFlow) {
  const auto expect = [](SamePadding padding, int64_t before, int64_t after) {
    EXPECT_EQ(padding.before, before);
    EXPECT_EQ(padding.after, after);
  };
  expect(same_padding(224, 3, 2, 1), 0, 1);  // even size, stride 2: all of it behind
  expect(same_padding(513, 3, 2, 1), 1, 1);
  expect(same_padding(33, 3, 1, 2), 2, 2);
  expect(same_padding(7, 1, 1, 1), 0, 0);
  expect(same_padding(5, 2, 1, 1), 0, 1);
  expect(same_padding(4, 1, 2, 1), 0, 0);  // never negative
}

TEST(Layers, ConvEqualsItsDefinition) {
  const auto x = random_doubles({1, 4, 6, 7}, 1);
  for (const auto& options :
       {Conv2dOptions{.out_channels = 6, .kernel = 3, .stride = 2, .same_tensorflow = true},
        Conv2dOptions{.out_channels = 6, .kernel = 3, .dilation = 2, .same_tensorflow = true},
        Conv2dOptions{.out_channels = 6, .kernel = 3, .groups = 2, .padding = 1}, Conv2dOptions{.out_channels = 6}}) {
    const auto weight = random_doubles({6, 4 / options.groups, options.kernel, options.kernel}, 2);
    const auto bias = random_doubles({6}, 3);
    const SamePadding fixed{options.padding, options.padding};
    const auto rows =
        options.same_tensorflow ? same_padding(6, options.kernel, options.stride, options.dilation) : fixed;
    const auto columns =
        options.same_tensorflow ? same_padding(7, options.kernel, options.stride, options.dilation) : fixed;
    const auto expected = conv_by_loops(x, weight, bias, options, rows, columns);
    const auto given = run_conv(conv_weights(weight, bias), x, options);
    EXPECT_TRUE(at::allclose(given, expected, 1e-10, 1e-10))
        << "kernel " << options.kernel << ", groups " << options.groups;
    if (options.same_tensorflow) {
      EXPECT_EQ(given.size(2), (6 + options.stride - 1) / options.stride);
    }
  }
}

TEST(Layers, DepthwiseConvFiltersEachChannelByItself) {
  const auto x = random_doubles({1, 3, 5, 6}, 4), weight = random_doubles({3, 1, 3, 3}, 5);
  const auto weights = conv_weights(weight, random_doubles({3}, 6));
  GivenSource source(weights);
  const auto y = depthwise_conv2d(Scope(source) / "conv", x, {.kernel = 3, .stride = 2, .same_tensorflow = true});
  const Conv2dOptions options{.out_channels = 3, .kernel = 3, .stride = 2, .groups = 3, .same_tensorflow = true};
  const auto expected = conv_by_loops(x, weight, weights.parameters.at("conv.bias"), options, same_padding(5, 3, 2, 1),
                                      same_padding(6, 3, 2, 1));
  EXPECT_TRUE(at::allclose(y, expected, 1e-10, 1e-10));
}

TEST(Layers, ConvHasGradientsOfFirstAndSecondOrder) {
  const Conv2dOptions options{.out_channels = 2, .kernel = 3, .stride = 2, .same_tensorflow = true};
  const std::vector<at::Tensor> inputs = {random_doubles({1, 1, 3, 4}, 7), random_doubles({2, 1, 3, 3}, 8),
                                          random_doubles({2}, 9)};
  const auto energy = [&](const std::vector<at::Tensor>& in) {
    return run_conv(conv_weights(in[1], in[2]), in[0], options).pow(3).sum();
  };
  EXPECT_TRUE(tests::grad_check(energy, inputs));
  const auto squared_gradient = [&](const std::vector<at::Tensor>& in) {
    const at::AutoGradMode with_gradients(true);  // the differences are taken without
    const auto gradients = torch::autograd::grad({energy(in)}, in, {}, true, true);
    return gradients[0].pow(2).sum() + gradients[1].pow(2).sum();
  };
  EXPECT_TRUE(tests::grad_check(squared_gradient, {inputs[0] * 0.3, inputs[1] * 0.3, inputs[2] * 0.3}));
}

TEST(Layers, ConvStartsWithinItsBoundAndOffersTaps) {
  InitialisingSource source{RandomTree(0)};
  Taps taps({"conv", "conv.input"});
  const auto x = at::ones({1, 4, 3, 3});
  const auto y = conv2d(Scope(source, &taps) / "conv", x, {.out_channels = 8, .kernel = 3});
  EXPECT_TRUE(taps.at("conv").is_same(y));
  EXPECT_TRUE(taps.at("conv.input").is_same(x));
  const auto weights = source.take();
  EXPECT_EQ(weights.shape_of("conv.weight"), (std::vector<int64_t>{8, 4, 3, 3}));
  EXPECT_LE(weights.parameters.at("conv.weight").abs().max().item<float>(), 1.0F / 6);
  EXPECT_THROW(conv2d(Scope(source) / "c", at::ones({4, 3, 3}), {.out_channels = 8}), Fault);
}

TEST(Layers, ActivationsClampAndHaveTheirGradients) {
  InitialisingSource source{RandomTree(0)};
  const Scope scope(source);
  auto x = at::tensor({-1.0, 0.0, 2.5, 6.0, 7.0}, at::kDouble).set_requires_grad(true);
  EXPECT_TRUE(at::equal(relu6(scope, x), at::tensor({0.0, 0.0, 2.5, 6.0, 6.0}, at::kDouble)));
  EXPECT_TRUE(at::equal(relu(scope, x), at::tensor({0.0, 0.0, 2.5, 6.0, 7.0}, at::kDouble)));
  const auto clipped = torch::autograd::grad({relu6(scope, x).sum()}, {x});
  EXPECT_TRUE(at::equal(clipped[0], at::tensor({0.0, 0.0, 1.0, 0.0, 0.0}, at::kDouble)));
  const auto rectified = torch::autograd::grad({relu(scope, x).sum()}, {x});
  EXPECT_TRUE(at::equal(rectified[0], at::tensor({0.0, 0.0, 1.0, 1.0, 1.0}, at::kDouble)));
}

TEST(Layers, PoolResizeAndConcatHaveValuesAndGradients) {
  InitialisingSource source{RandomTree(0)};
  const Scope scope(source);
  const auto ramp = at::arange(6, at::kDouble).view({1, 1, 2, 3});
  EXPECT_DOUBLE_EQ(global_average_pool(scope, ramp).item<double>(), 2.5);
  const auto wide = resize_bilinear(scope, ramp, 3, 5);
  EXPECT_TRUE(at::allclose(wide[0][0][0], at::tensor({0.0, 0.5, 1.0, 1.5, 2.0}, at::kDouble)));
  EXPECT_DOUBLE_EQ(wide[0][0][1][0].item<double>(), 1.5);
  EXPECT_DOUBLE_EQ(wide[0][0][2][4].item<double>(), 5.0);
  EXPECT_EQ(concat_channels(scope, {ramp, 2 * ramp}).size(1), 2);
  EXPECT_DOUBLE_EQ(concat_channels(scope, {ramp, 2 * ramp})[0][1][1][2].item<double>(), 10);
  const auto all = [&](const std::vector<at::Tensor>& in) {
    const auto pooled = resize_bilinear(scope, global_average_pool(scope, in[0]), 3, 5);
    return concat_channels(scope, {pooled, resize_bilinear(scope, in[0], 3, 5)}).pow(2).sum();
  };
  EXPECT_TRUE(tests::grad_check(all, {random_doubles({1, 2, 2, 3}, 10)}));
}

/// Maxima of 3x3 windows 2 pixels apart; a window begins inside the image and, when rounding up, may reach over it.
at::Tensor max_pool_by_loops(const at::Tensor& x, bool round_up) {
  const auto count = [&](int64_t size) { return (size - 3 + (round_up ? 1 : 0)) / 2 + 1; };
  auto y = at::full({x.size(0), x.size(1), count(x.size(2)), count(x.size(3))}, -1e9, at::kDouble);
  const auto in = x.accessor<double, 4>();
  auto out = y.accessor<double, 4>();
  for (int64_t c = 0; c < x.size(1); ++c)
    for (int64_t row = 0; row < y.size(2); ++row)
      for (int64_t column = 0; column < y.size(3); ++column)
        for (int64_t i = 2 * row; i < std::min(2 * row + 3, x.size(2)); ++i)
          for (int64_t j = 2 * column; j < std::min(2 * column + 3, x.size(3)); ++j)
            out[0][c][row][column] = std::max(out[0][c][row][column], in[0][c][i][j]);
  return y;
}

TEST(MaxPool2d, RoundsDownOrUpAtOddAndEvenSizes) {
  const Weights none;
  for (int64_t height = 3; height < 9; ++height) {
    for (int64_t width = 3; width < 9; ++width) {
      const auto x = random_doubles({1, 2, height, width}, 10 * height + width) - 5;  // below a padding of 0
      for (const bool round_up : {false, true}) {
        GivenSource source(none);
        const auto y = max_pool2d(Scope(source) / "pool", x, {.kernel = 3, .stride = 2, .round_up = round_up});
        EXPECT_TRUE(y.equal(max_pool_by_loops(x, round_up))) << height << "x" << width << " " << round_up;
      }
    }
  }
}

}  // namespace
}  // namespace retort::nn
