#include "nn/sinusoids.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"

namespace retort::nn {
namespace {

at::Tensor row(std::vector<double> values) { return at::tensor(values, at::kDouble).unsqueeze(0); }

TEST(Sinusoids, FrequenciesFallToTheirEnd) {
  const auto time = at::tensor(std::vector<double>{2}, at::kDouble);
  const auto open = row({std::cos(2), std::cos(0.02), std::sin(2), std::sin(0.02)});
  EXPECT_TRUE(at::allclose(sinusoids(time, {.width = 4}), open));
  const auto closed = row({std::sin(2), std::sin(0.0002), std::cos(2), std::cos(0.0002)});
  EXPECT_TRUE(at::allclose(sinusoids(time, {.width = 4, .reaches_end = true, .cosines_first = false}), closed));
}

TEST(Sinusoids, KeepTheDtypeAndRefuseWholeNumbers) {
  EXPECT_EQ(sinusoids(at::zeros({3}), {.width = 8}).scalar_type(), at::kFloat);
  EXPECT_THROW(sinusoids(at::zeros({3}, at::kLong), {}), Fault);
  EXPECT_THROW(sinusoids(at::zeros({3}), {.width = 7}), Fault);
  EXPECT_THROW(sinusoids(at::zeros({3}), {.width = 2, .reaches_end = true}), Fault);
}

// Width 4: sine and cosine of the column, then of the row.
TEST(Sinusoids, GridRunsRowByRowWithTheColumnFirst) {
  const auto grid = grid_sinusoids(2, 3, 4);
  ASSERT_EQ(grid.sizes(), (std::vector<int64_t>{1, 6, 4}));
  EXPECT_TRUE(at::allclose(grid.select(1, 2), row({std::sin(2), std::cos(2), 0, 1})));
  EXPECT_TRUE(at::allclose(grid.select(1, 4), row({std::sin(1), std::cos(1), std::sin(1), std::cos(1)})));
  EXPECT_THROW(grid_sinusoids(2, 2, 6), Fault);
}

}  // namespace
}  // namespace retort::nn
