#include "train/adam.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "core/errors.h"
#include "core/random.h"
#include "train/adam_state.h"

namespace retort::train {
namespace {

std::vector<float> random_floats(int64_t count, uint64_t seed, double scale = 1) {
  RandomGenerator random(seed);
  std::vector<float> values(count);
  for (auto& value : values) value = static_cast<float>(scale * random.normal());
  return values;
}

/// torch.optim.Adam's formula in double.
struct PlainAdam {
  std::vector<double> parameters, first, second;
  void step(const std::vector<float>& gradient, int64_t t, double rate, double epsilon) {
    for (size_t i = 0; i < parameters.size(); ++i) {
      first[i] = 0.9 * first[i] + 0.1 * gradient[i];
      second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
      const double corrected = std::sqrt(second[i]) / std::sqrt(1 - std::pow(0.999, t)) + epsilon;
      parameters[i] -= rate / (1 - std::pow(0.9, t)) * first[i] / corrected;
    }
  }
};

TEST(Adam, leaves_inactive_rows_alone_and_moves_the_others_as_ever) {
  ThreadPool pool(2);
  constexpr int64_t rows = 3000, length = 13;
  const auto start = random_floats(rows * length, 1), gradient = random_floats(rows * length, 2);
  std::vector<uint8_t> active(rows);
  for (int64_t row = 0; row < rows; ++row) active[row] = row % 3 != 0 && row % 7 != 0;
  const auto stepped = [&](const uint8_t* active_rows) {
    auto parameters = start, slope = gradient;
    std::vector<float> first(start.size(), 0.5f), second(start.size(), 0.25f);
    const AdamGroup group{.parameters = parameters.data(),
                          .gradient = slope.data(),
                          .first_moment = first.data(),
                          .second_moment = second.data(),
                          .count = rows * length,
                          .step = 4,
                          .learning_rate = 0.1,
                          .row_length = length,
                          .active_rows = active_rows};
    adam_step({&group, 1}, {}, pool);
    return std::pair(parameters, first);
  };
  const auto [dense, dense_first] = stepped(nullptr);
  const auto [sparse, sparse_first] = stepped(active.data());
  for (int64_t index = 0; index < rows * length; ++index) {
    const bool moved = active[index / length] != 0;
    ASSERT_EQ(sparse[index], moved ? dense[index] : start[index]) << index;
    ASSERT_EQ(sparse_first[index], moved ? dense_first[index] : 0.5f) << index;
  }
}

TEST(Adam, follows_torchs_formula) {
  ThreadPool pool(2);
  for (const int64_t count : {1, 15, 16, 17, 1000, 70001}) {
    std::vector<float> parameters = random_floats(count, 1), first(count), second(count);
    PlainAdam plain{std::vector<double>(parameters.begin(), parameters.end()), std::vector<double>(count),
                    std::vector<double>(count)};
    for (int64_t step = 1; step <= 5; ++step) {
      // Tiny gradients too: there the authors' epsilon of 1e-15 decides.
      std::vector<float> gradient = random_floats(count, 10 + step, step == 3 ? 1e-9 : 0.1);
      gradient[0] = 0;
      const AdamGroup group{.parameters = parameters.data(),
                            .gradient = gradient.data(),
                            .first_moment = first.data(),
                            .second_moment = second.data(),
                            .count = count,
                            .step = step,
                            .learning_rate = 0.01,
                            .epsilon = 1e-15};
      adam_step({&group, 1}, {}, pool);
      plain.step(gradient, step, 0.01, 1e-15);
    }
    for (int64_t i = 0; i < count; ++i) ASSERT_NEAR(parameters[i], plain.parameters[i], 2e-6) << i << " of " << count;
  }
}

TEST(Adam, agrees_with_tensor_arithmetic) {
  ThreadPool pool(1);
  at::manual_seed(1);
  at::Tensor parameter = at::randn({33, 7}), expected = parameter.clone();
  AdamMoments moments = fresh_adam_moments(parameter);
  at::Tensor first = at::zeros_like(parameter), second = at::zeros_like(parameter);
  for (int step = 1; step <= 4; ++step) {
    at::Tensor gradient = at::randn_like(parameter);
    const std::array groups = {adam_group(parameter, gradient, moments, 1e-3, 1e-8)};
    adam_step(groups, {}, pool);
    first = 0.9 * first + 0.1 * gradient;
    second = 0.999 * second + 0.001 * gradient * gradient;
    const double root_correction = std::sqrt(1 - std::pow(0.999, step));
    expected -= 1e-3 / (1 - std::pow(0.9, step)) * first / (second.sqrt() / root_correction + 1e-8);
  }
  EXPECT_EQ(moments.step, 4);
  EXPECT_TRUE(parameter.allclose(expected, 1e-6, 1e-7));
}

TEST(Adam, heads_of_rows_have_their_own_rate) {
  ThreadPool pool(2);
  constexpr int64_t rows = 3000, length = 48;
  std::vector<float> parameters(rows * length), gradient(rows * length, 1.f), first(rows * length),
      second(rows * length);
  const AdamGroup group{.parameters = parameters.data(),
                        .gradient = gradient.data(),
                        .first_moment = first.data(),
                        .second_moment = second.data(),
                        .count = rows * length,
                        .learning_rate = 0.25,
                        .row_length = length,
                        .head_length = 3,
                        .head_learning_rate = 0.5};
  adam_step({&group, 1}, {}, pool);
  for (int64_t i = 0; i < rows * length; ++i) ASSERT_NEAR(parameters[i], i % length < 3 ? -0.5 : -0.25, 1e-5);
}

TEST(Adam, zeroes_gradients_when_asked) {
  ThreadPool pool(1);
  std::vector<float> parameters(20), gradient(20, 1.f), first(20), second(20);
  AdamGroup group{.parameters = parameters.data(),
                  .gradient = gradient.data(),
                  .first_moment = first.data(),
                  .second_moment = second.data(),
                  .count = 20};
  adam_step({&group, 1}, {}, pool);
  EXPECT_EQ(gradient[7], 1.f);
  adam_step({&group, 1}, {.zero_gradient = true}, pool);
  EXPECT_EQ(gradient, std::vector<float>(20));
}

TEST(Adam, same_bits_for_any_thread_count) {
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    std::vector<float> parameters = random_floats(100003, 1), gradient = random_floats(100003, 2), first(100003),
                       second(100003);
    const AdamGroup group{.parameters = parameters.data(),
                          .gradient = gradient.data(),
                          .first_moment = first.data(),
                          .second_moment = second.data(),
                          .count = 100003,
                          .learning_rate = 0.1};
    adam_step({&group, 1}, {}, pool);
    results.push_back(parameters);
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(Adam, refuses_what_makes_no_sense) {
  ThreadPool pool(1);
  const AdamGroup no_step{.step = 0};
  EXPECT_THROW(adam_step({&no_step, 1}, {}, pool), Fault);
  const AdamGroup broken_rows{.count = 10, .row_length = 3};
  EXPECT_THROW(adam_step({&broken_rows, 1}, {}, pool), Fault);
  AdamMoments moments = fresh_adam_moments(at::zeros({3}));
  EXPECT_THROW(adam_group(at::zeros({3}), at::zeros({4}), moments, 1, 1), Fault);
}

}  // namespace
}  // namespace retort::train
