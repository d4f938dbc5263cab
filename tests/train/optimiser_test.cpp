#include "train/optimiser.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include "core/errors.h"
#include "run/state.h"

namespace retort::train {
namespace {

/// Two parameters, a matrix and a vector, under our optimiser.
struct Trained {
  nn::Weights weights;
  ParameterBuffer buffer;
  std::unique_ptr<Optimiser> optimiser;

  explicit Trained(const OptimiserOptions& options) {
    weights.parameters = {{"matrix", at::sin(at::arange(6, at::kFloat)).view({2, 3})},
                          {"vector", at::cos(at::arange(3, at::kFloat))}};
    buffer.take("net", weights);
    buffer.seal();
    optimiser = make_optimiser(options, buffer);
  }

  /// One step on a loss whose gradient depends on the parameters and on the step.
  void step(int number, double rate) {
    buffer.zero_gradients();
    loss(weights.parameters.at("matrix"), weights.parameters.at("vector"), number).backward();
    optimiser->step(rate);
  }

  static at::Tensor loss(const at::Tensor& matrix, const at::Tensor& vector, int number) {
    return (matrix.square().sum() * (0.3 + number) + (matrix.sum(0) * vector).sum() + vector.exp().sum());
  }
};

/// The same steps under an optimiser of LibTorch.
template <class Theirs, class TheirOptions>
void expect_equal_to(const OptimiserOptions& options, const TheirOptions& their_options) {
  Trained ours(options);
  auto matrix = ours.weights.parameters.at("matrix").detach().clone().set_requires_grad(true);
  auto vector = ours.weights.parameters.at("vector").detach().clone().set_requires_grad(true);
  Theirs theirs(std::vector<at::Tensor>{matrix, vector}, their_options);
  for (int number = 0; number < 5; ++number) {
    ours.step(number, options.learning_rate);
    theirs.zero_grad();
    Trained::loss(matrix, vector, number).backward();
    theirs.step();
  }
  EXPECT_TRUE(at::allclose(ours.weights.parameters.at("matrix"), matrix, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(ours.weights.parameters.at("vector"), vector, 1e-5, 1e-6));
}

TEST(Optimiser, SgdEqualsLibTorchs) {
  for (const bool nesterov : {false, true}) {
    const OptimiserOptions options{.learning_rate = 0.02, .weight_decay = 0.1, .momentum = 0.8, .nesterov = nesterov};
    expect_equal_to<torch::optim::SGD>(
        options, torch::optim::SGDOptions(0.02).momentum(0.8).weight_decay(0.1).nesterov(nesterov));
  }
}

TEST(Optimiser, AdamAndAdamWEqualLibTorchs) {
  expect_equal_to<torch::optim::Adam>(
      {.kind = OptimiserKind::adam, .learning_rate = 0.02, .weight_decay = 0.1, .beta1 = 0.8, .beta2 = 0.95},
      torch::optim::AdamOptions(0.02).betas({0.8, 0.95}).weight_decay(0.1));
  expect_equal_to<torch::optim::AdamW>(
      {.kind = OptimiserKind::adamw, .learning_rate = 0.02, .weight_decay = 0.1, .beta1 = 0.8, .beta2 = 0.95},
      torch::optim::AdamWOptions(0.02).betas({0.8, 0.95}).weight_decay(0.1));
}

TEST(Optimiser, VectorsAreSparedFromDecayWhenAsked) {
  Trained trained({.learning_rate = 0.5, .weight_decay = 0.1, .decay_vectors = false, .momentum = 0});
  const auto matrix = trained.weights.parameters.at("matrix").detach().clone();
  const auto vector = trained.weights.parameters.at("vector").detach().clone();
  trained.optimiser->step(0.5);  // gradients are 0: only the decay moves
  EXPECT_TRUE(at::allclose(trained.weights.parameters.at("matrix"), matrix * 0.95, 1e-6, 1e-7));
  EXPECT_TRUE(at::equal(trained.weights.parameters.at("vector"), vector));
}

TEST(Optimiser, LongGradientsAreScaledDown) {
  Trained trained({.learning_rate = 1, .weight_decay = 0, .momentum = 0, .max_gradient_norm = 2});
  const auto before = trained.buffer.values().clone();
  trained.step(3, 1);
  EXPECT_NEAR((trained.buffer.values() - before).norm(2).item<double>(), 2, 1e-4);
}

TEST(Optimiser, AResumedOptimiserGoesOnToTheBit) {
  for (const auto kind : {OptimiserKind::sgd, OptimiserKind::adam, OptimiserKind::adamw}) {
    const OptimiserOptions options{.kind = kind, .learning_rate = 0.05};
    Trained whole(options), first(options), second(options);
    for (int number = 0; number < 6; ++number) whole.step(number, 0.05);
    for (int number = 0; number < 3; ++number) first.step(number, 0.05);
    run::StateWriter state;
    first.optimiser->save(state);
    second.buffer.values().copy_(first.buffer.values());
    second.optimiser->load(run::StateReader("test", state.tensors(), state.texts()));
    for (int number = 3; number < 6; ++number) second.step(number, 0.05);
    EXPECT_TRUE(at::equal(whole.buffer.values(), second.buffer.values()));
  }
}

TEST(ParameterBuffer, ParametersAndGradientsLieInOnePieceOfMemory) {
  Trained trained({});
  ASSERT_EQ(trained.buffer.ranges().size(), 2U);
  EXPECT_EQ(trained.buffer.ranges()[0].name, "net.matrix");
  EXPECT_EQ(trained.buffer.ranges()[1].begin, 6);
  trained.buffer.values().fill_(2);
  EXPECT_TRUE(at::equal(trained.weights.parameters.at("vector"), at::full({3}, 2.0F)));
  trained.weights.parameters.at("vector").sum().backward();
  EXPECT_TRUE(at::equal(trained.buffer.gradients(), at::tensor({0, 0, 0, 0, 0, 0, 1, 1, 1}, at::kFloat)));
  ParameterBuffer empty;
  EXPECT_THROW(empty.seal(), Fault);
}

}  // namespace
}  // namespace retort::train
