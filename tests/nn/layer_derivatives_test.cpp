// Every layer's gradient, gradient of gradient and tangent against differences, in float64.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "nn/attention.h"
#include "nn/layers.h"
#include "nn/lora.h"
#include "nn/norms.h"
#include "nn/tangent.h"
#include "support/grad_check.h"

namespace retort::nn {
namespace {

struct DerivativeCase {
  std::string name;
  std::vector<int64_t> input;
  std::function<at::Tensor(const Scope&, const at::Tensor&)> layer;
  bool training = false;
};

std::ostream& operator<<(std::ostream& out, const DerivativeCase& c) { return out << c.name; }

std::vector<DerivativeCase> derivative_cases() {
  return {
      {"conv2d",
       {2, 2, 4, 3},
       [](auto& s, auto& x) { return conv2d(s, x, {.out_channels = 2, .kernel = 3, .stride = 2, .padding = 1}); }},
      {"depthwise_conv2d",
       {1, 2, 3, 3},
       [](auto& s, auto& x) { return depthwise_conv2d(s, x, {.kernel = 3, .padding = 1}); }},
      {"conv_transpose2d",
       {1, 2, 2, 3},
       [](auto& s, auto& x) {
         return conv_transpose2d(s, x, {.out_channels = 2, .kernel = 4, .stride = 2, .padding = 1});
       }},
      {"linear", {2, 3}, [](auto& s, auto& x) { return linear(s, x, {.out_features = 2}); }},
      {"leaky_relu", {2, 5}, [](auto& s, auto& x) { return leaky_relu(s, x, 0.1); }},
      {"relu", {2, 5}, [](auto& s, auto& x) { return relu(s, x); }},
      {"relu6", {2, 5}, [](auto& s, auto& x) { return relu6(s, x * 6); }},
      {"silu", {2, 5}, [](auto& s, auto& x) { return silu(s, x); }},
      {"gelu", {2, 5}, [](auto& s, auto& x) { return gelu(s, x); }},
      {"gelu_tanh", {2, 5}, [](auto& s, auto& x) { return gelu(s, x, true); }},
      {"dropout", {3, 4}, [](auto& s, auto& x) { return dropout(s, x, 0.4); }, true},
      {"drop_path", {5, 2}, [](auto& s, auto& x) { return drop_path(s, x, 0.4); }, true},
      {"max_pool2d",
       {1, 2, 5, 4},
       [](auto& s, auto& x) { return max_pool2d(s, x, {.kernel = 3, .stride = 2, .padding = 1}); }},
      {"average_pool2d", {1, 2, 4, 4}, [](auto& s, auto& x) { return average_pool2d(s, x, 2, 2); }},
      {"global_average_pool", {2, 2, 3, 2}, [](auto& s, auto& x) { return global_average_pool(s, x); }},
      {"resize_bilinear", {1, 2, 3, 2}, [](auto& s, auto& x) { return resize_bilinear(s, x, 5, 4); }},
      {"shuffle_channels", {1, 4, 2, 1}, [](auto&, auto& x) { return shuffle_channels(x, 2); }},
      {"batch_norm_training", {3, 2, 2, 2}, [](auto& s, auto& x) { return batch_norm(s, x); }, true},
      {"batch_norm", {3, 2}, [](auto& s, auto& x) { return batch_norm(s, x); }},
      {"layer_norm", {2, 5}, [](auto& s, auto& x) { return layer_norm(s, x); }},
      {"group_norm", {2, 4, 2, 2}, [](auto& s, auto& x) { return group_norm(s, x, 2); }},
      {"instance_norm", {2, 2, 3, 2}, [](auto& s, auto& x) { return group_norm(s, x, 2); }},
      {"rms_norm", {2, 5}, [](auto& s, auto& x) { return rms_norm(s, x); }},
      {"self_attention", {2, 3, 4}, [](auto& s, auto& x) { return self_attention(s, x, 2); }},
  };
}

at::Tensor normal_doubles(at::IntArrayRef shape, uint64_t seed) {
  auto values = at::empty(shape, at::kDouble);
  auto generator = RandomTree(seed).generator();
  for (int64_t i = 0; i < values.numel(); ++i) values.data_ptr<double>()[i] = generator.normal();
  return values;
}

class LayerDerivatives : public testing::TestWithParam<DerivativeCase> {
 protected:
  /// Float64 weights of the layer, parameters moved off their start so that no factor is 1.
  void SetUp() override {
    at::set_num_threads(1);
    const auto& layer = GetParam();
    InitialisingSource source{RandomTree(3)};
    layer.layer(Scope(source, nullptr, mode()) / "layer", at::zeros(layer.input));
    weights_ = source.take();
    uint64_t seed = 100;
    for (const auto& name : weights_.parameter_order) {
      auto& tensor = weights_.parameters.at(name);
      tensor = tensor.to(at::kDouble) + 0.3 * normal_doubles(tensor.sizes(), seed++);
      inputs_.push_back(tensor);
    }
    for (auto& [name, tensor] : weights_.buffers)
      if (tensor.is_floating_point()) tensor = tensor.to(at::kDouble);
    inputs_.insert(inputs_.begin(), normal_doubles(layer.input, 7));
  }

  ForwardMode mode() const { return {.training = GetParam().training, .higher_order = true, .random = RandomTree(5)}; }

  /// The layer's output weighed by fixed numbers and squared, so that second derivatives don't vanish.
  at::Tensor energy(const std::vector<at::Tensor>& in) const {
    const auto y = output(in);
    return (y.square() * (1 + normal_doubles(y.sizes(), 11).abs())).sum();
  }

  at::Tensor output(const std::vector<at::Tensor>& in) const {
    Weights given = copy_of(weights_);
    for (size_t i = 0; i < weights_.parameter_order.size(); ++i)
      given.parameters[weights_.parameter_order[i]] = in[i + 1];
    GivenSource source(given);
    return GetParam().layer(Scope(source, nullptr, mode()) / "layer", in[0]);
  }

  Weights weights_;
  std::vector<at::Tensor> inputs_;  ///< x, then the parameters
};

TEST_P(LayerDerivatives, GradientEqualsDifferences) {
  EXPECT_TRUE(tests::grad_check([&](const auto& in) { return energy(in); }, inputs_));
}

TEST_P(LayerDerivatives, GradientOfGradientEqualsDifferences) {
  const auto squared_gradient = [&](const std::vector<at::Tensor>& in) {
    const at::AutoGradMode with_gradients(true);
    const auto gradients = torch::autograd::grad({energy(in)}, in, {}, true, true);
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (const auto& gradient : gradients) sum = sum + gradient.square().sum();
    return sum;
  };
  EXPECT_TRUE(tests::grad_check(squared_gradient, inputs_, {.step = 1e-5, .relative = 1e-4, .absolute = 1e-5}));
}

TEST_P(LayerDerivatives, TangentEqualsDifferences) {
  std::vector<at::Tensor> directions;
  for (size_t i = 0; i < inputs_.size(); ++i) directions.push_back(normal_doubles(inputs_[i].sizes(), 40 + i));
  const auto result = directional_derivative([&](const auto& in) { return output(in); }, inputs_, directions);
  constexpr double step = 1e-6;
  std::vector<at::Tensor> above, below;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    above.push_back(inputs_[i] + step * directions[i]);
    below.push_back(inputs_[i] - step * directions[i]);
  }
  const auto expected = (output(above) - output(below)) / (2 * step);
  EXPECT_TRUE(at::allclose(result.value, output(inputs_), 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(result.tangent, expected, 1e-5, 1e-7))
      << (result.tangent - expected).abs().max().item<double>();
}

INSTANTIATE_TEST_SUITE_P(All, LayerDerivatives, testing::ValuesIn(derivative_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(Lora, LeavesTheNetworkAloneUntilUpMovesAndThenAddsTheProduct) {
  const auto x = normal_doubles({2, 3}, 1);
  Weights base;
  base.parameters = {{"fc.weight", normal_doubles({4, 3}, 2)}, {"fc.bias", normal_doubles({4}, 3)}};
  GivenSource base_source(base);
  InitialisingSource fresh{RandomTree(1)};
  const auto run = [&](WeightSource& adapters) {
    LoraSource source(base_source, adapters, {"fc"}, {.rank = 2, .alpha = 6});
    return linear(Scope(source) / "fc", x, {.out_features = 4});
  };
  const auto plain = linear(Scope(base_source) / "fc", x, {.out_features = 4});
  EXPECT_TRUE(at::allclose(run(fresh), plain, 1e-12, 1e-12));
  Weights adapters = fresh.take();
  ASSERT_EQ(adapters.parameters.size(), 2U);
  EXPECT_EQ(adapters.parameters.at("fc.lora_down").sizes(), (std::vector<int64_t>{2, 3}));
  adapters.parameters = {{"fc.lora_down", normal_doubles({2, 3}, 4)}, {"fc.lora_up", normal_doubles({4, 2}, 5)}};
  GivenSource moved(adapters);
  const auto change = at::matmul(adapters.parameters["fc.lora_up"], adapters.parameters["fc.lora_down"]) * 3;
  EXPECT_TRUE(at::allclose(run(moved), plain + at::matmul(x, change.t()), 1e-10, 1e-10));
}

}  // namespace
}  // namespace retort::nn
