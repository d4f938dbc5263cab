#include "train/optimiser.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include <cmath>

#include "core/errors.h"
#include "run/state.h"
#include "support/user_error.h"

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

TEST(Optimiser, RmsPropAndAdagradEqualLibTorchs) {
  for (const double momentum : {0.0, 0.7}) {
    expect_equal_to<torch::optim::RMSprop>(
        {.kind = OptimiserKind::rmsprop,
         .learning_rate = 0.02,
         .weight_decay = 0.1,
         .momentum = momentum,
         .beta2 = 0.95},
        torch::optim::RMSpropOptions(0.02).alpha(0.95).weight_decay(0.1).momentum(momentum));
  }
  expect_equal_to<torch::optim::Adagrad>(
      {.kind = OptimiserKind::adagrad, .learning_rate = 0.02, .weight_decay = 0.1, .epsilon = 1e-10},
      torch::optim::AdagradOptions(0.02).weight_decay(0.1));
}

/// Algorithm 2 of You et al. 2020 on one tensor, number by number.
struct LambByHand {
  const OptimiserOptions options;
  std::vector<double> values, first, second;
  int count = 0;

  LambByHand(const OptimiserOptions& lamb, const at::Tensor& start)
      : options(lamb), first(start.numel(), 0.0), second(start.numel(), 0.0) {
    const auto flat = start.detach().to(at::kDouble).contiguous();
    values.assign(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  }

  void step(const at::Tensor& gradient) {
    ++count;
    const auto g = gradient.to(at::kDouble).contiguous();
    std::vector<double> update(values.size());
    double length = 0, update_length = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double slope = g.data_ptr<double>()[i];
      first[i] = options.beta1 * first[i] + (1 - options.beta1) * slope;
      second[i] = options.beta2 * second[i] + (1 - options.beta2) * slope * slope;
      const double mean = first[i] / (1 - std::pow(options.beta1, count));
      const double square = second[i] / (1 - std::pow(options.beta2, count));
      update[i] = mean / (std::sqrt(square) + options.epsilon) + options.weight_decay * values[i];
      length += values[i] * values[i];
      update_length += update[i] * update[i];
    }
    const double ratio = length > 0 && update_length > 0 ? std::sqrt(length / update_length) : 1;
    for (size_t i = 0; i < values.size(); ++i) values[i] -= options.learning_rate * ratio * update[i];
  }

  at::Tensor result() const { return at::tensor(values, at::kDouble).to(at::kFloat); }
};

TEST(Optimiser, LambScalesTheStepOfEachTensorToItsLength) {
  const OptimiserOptions options{
      .kind = OptimiserKind::lamb, .learning_rate = 0.02, .weight_decay = 0.1, .beta1 = 0.8, .beta2 = 0.95};
  Trained trained(options);
  const auto &matrix = trained.weights.parameters.at("matrix"), &vector = trained.weights.parameters.at("vector");
  vector.detach().zero_();  // a length of 0: the first step is Adam's own
  LambByHand matrix_by_hand(options, matrix), vector_by_hand(options, vector);
  for (int number = 0; number < 5; ++number) {
    trained.buffer.zero_gradients();
    Trained::loss(matrix, vector, number).backward();
    matrix_by_hand.step(matrix.grad());
    vector_by_hand.step(vector.grad());
    trained.optimiser->step(options.learning_rate);
    EXPECT_TRUE(at::allclose(matrix.detach().flatten(), matrix_by_hand.result(), 1e-5, 1e-6)) << number;
    EXPECT_TRUE(at::allclose(vector.detach(), vector_by_hand.result(), 1e-5, 1e-6)) << number;
  }
}

TEST(Optimiser, PartsHaveRatesAndDecaysOfTheirOwn) {
  for (const auto kind : {OptimiserKind::sgd, OptimiserKind::adam, OptimiserKind::adamw, OptimiserKind::lamb,
                          OptimiserKind::rmsprop, OptimiserKind::adagrad}) {
    SCOPED_TRACE(choices(kind)[static_cast<int>(kind)]);
    OptimiserOptions options{.kind = kind, .learning_rate = 0.05, .weight_decay = 0.1};
    Trained plain(options);
    options.parts = {"net.vector:0.25"};
    Trained slow(options);
    options.parts = {"net.matrix:1:0", "net.vector:1:0"};
    Trained without_decay(options);
    options.parts = {};
    options.weight_decay = 0;
    Trained never_decayed(options);
    const auto start = plain.buffer.values().clone();
    for (auto* trained : {&plain, &slow, &without_decay, &never_decayed}) trained->step(1, 0.05);
    const auto moved = plain.buffer.values() - start, moved_slowly = slow.buffer.values() - start;
    EXPECT_TRUE(at::allclose(moved_slowly.narrow(0, 0, 6), moved.narrow(0, 0, 6), 1e-5, 1e-7));
    EXPECT_TRUE(at::allclose(moved_slowly.narrow(0, 6, 3), moved.narrow(0, 6, 3) * 0.25, 1e-4, 1e-6));
    // The first step of those that divide by the gradient's size hardly depends on the decay.
    for (int number = 2; number < 5; ++number)
      for (auto* trained : {&plain, &without_decay, &never_decayed}) trained->step(number, 0.05);
    EXPECT_TRUE(at::allclose(without_decay.buffer.values(), never_decayed.buffer.values(), 1e-5, 1e-6));
    EXPECT_FALSE(at::allclose(without_decay.buffer.values(), plain.buffer.values(), 1e-4, 1e-5));
  }
}

TEST(Optimiser, TheLongestNameOfAPartDecides) {
  Trained trained({.learning_rate = 1, .weight_decay = 0, .momentum = 0, .parts = {"net.vector:2", "net:0"}});
  const auto matrix = trained.weights.parameters.at("matrix").detach().clone();
  const auto vector = trained.weights.parameters.at("vector").detach().clone();
  trained.buffer.gradients().fill_(0.5);
  trained.optimiser->step(1);
  EXPECT_TRUE(at::equal(trained.weights.parameters.at("matrix"), matrix));
  EXPECT_TRUE(at::allclose(trained.weights.parameters.at("vector"), vector - 1, 1e-6, 1e-7));
}

TEST(Optimiser, PartsThatLeadNothingOrAreNoPartsAreRefused) {
  const auto message_of = [](std::vector<std::string> parts) {
    return tests::user_error_of([&] { Trained trained({.parts = std::move(parts)}); });
  };
  // Whole components count: "net.mat" is no beginning of "net.matrix".
  const auto unknown = message_of({"net.mat:0.1"});
  EXPECT_NE(unknown.find("'net.mat' leads no parameter"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("net.matrix, net.vector"), std::string::npos) << unknown;
  for (const auto* text : {"", "net", ":1", "net:", "net:-1", "net:x", "net:nan", "net:1:", "net:1:-2", "net:1:1:1"}) {
    const auto message = message_of({text});
    EXPECT_NE(message.find("is no part"), std::string::npos) << text << ": " << message;
    Problems problems;
    OptimiserOptions{.parts = {text}}.check(problems);
    EXPECT_EQ(problems.entries().size(), 1U) << text;
  }
  const auto twice = message_of({"net:1", "net:2"});
  EXPECT_NE(twice.find("'net' comes twice"), std::string::npos) << twice;
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
  for (const auto kind : {OptimiserKind::sgd, OptimiserKind::adam, OptimiserKind::adamw, OptimiserKind::lamb,
                          OptimiserKind::rmsprop, OptimiserKind::adagrad}) {
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
