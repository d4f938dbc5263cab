#include "nn/norms.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "nn/attention.h"
#include "nn/layers.h"

namespace retort::nn {
namespace {

at::Tensor counted(at::IntArrayRef shape) {
  int64_t count = 1;
  for (const int64_t side : shape) count *= side;
  return at::sin(at::arange(count, at::kDouble) * 1.7).view(shape).to(at::kFloat);
}

TEST(Norms, BatchNormInTrainingUsesBatchStatisticsAndMovesTheRunningOnes) {
  InitialisingSource source{RandomTree(0)};
  const auto x = counted({4, 3, 2, 2});
  const auto y = batch_norm(Scope(source, nullptr, {.training = true}) / "bn", x, {.momentum = 0.25});
  const auto mean = x.mean({0, 2, 3}), variance = at::var(x, {0, 2, 3}, false), unbiased = at::var(x, {0, 2, 3}, true);
  const auto expected = (x - mean.view({1, 3, 1, 1})) / (variance.view({1, 3, 1, 1}) + 1e-5).sqrt();
  EXPECT_TRUE(at::allclose(y, expected, 1e-5, 1e-5));
  const auto weights = source.take();
  EXPECT_TRUE(at::allclose(weights.buffers.at("bn.running_mean"), 0.25 * mean, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(weights.buffers.at("bn.running_var"), 0.75 + 0.25 * unbiased, 1e-5, 1e-6));
  EXPECT_EQ(weights.buffers.at("bn.num_batches_tracked").item<int64_t>(), 1);
}

TEST(Norms, BatchNormInEvaluationUsesAndKeepsTheRunningStatistics) {
  Weights weights;
  weights.parameters = {{"bn.weight", counted({3}) + 2}, {"bn.bias", counted({3})}};
  weights.buffers = {{"bn.running_mean", counted({3}) * 2}, {"bn.running_var", counted({3}).abs() + 0.5}};
  const auto before = weights.buffers.at("bn.running_mean").clone();
  GivenSource source(weights);  // a file without num_batches_tracked
  const auto x = counted({2, 3});
  const auto y = batch_norm(Scope(source) / "bn", x);
  const auto expected =
      (x - before) / (weights.buffers.at("bn.running_var") + 1e-5).sqrt() * weights.parameters.at("bn.weight") +
      weights.parameters.at("bn.bias");
  EXPECT_TRUE(at::allclose(y, expected, 1e-5, 1e-6));
  EXPECT_TRUE(at::equal(weights.buffers.at("bn.running_mean"), before));
}

TEST(Norms, OneValueAChannelHasNoBatchStatistics) {
  InitialisingSource source{RandomTree(0)};
  EXPECT_THROW(batch_norm(Scope(source, nullptr, {.training = true}), at::ones({1, 3, 1, 1})), Fault);
}

TEST(Norms, GroupLayerAndRmsNormFollowTheirDefinitions) {
  InitialisingSource source{RandomTree(0)};
  const auto x = counted({2, 4, 3, 2});
  const auto grouped = x.view({2, 2, 12});
  const auto expected = ((grouped - grouped.mean(2, true)) / (at::var(grouped, {2}, false, true) + 1e-5).sqrt());
  EXPECT_TRUE(at::allclose(group_norm(Scope(source) / "g", x, 2).view({2, 2, 12}), expected, 1e-5, 1e-5));
  const auto whole = x.view({2, 24});
  const auto layered = (whole - whole.mean(1, true)) / (at::var(whole, {1}, false, true) + 1e-5).sqrt();
  EXPECT_TRUE(at::allclose(layer_norm(Scope(source) / "l", x, 1e-5, 3).view({2, 24}), layered, 1e-5, 1e-5));
  EXPECT_TRUE(at::allclose(rms_norm(Scope(source) / "r", whole), whole / (whole.square().mean(1, true) + 1e-6).sqrt(),
                           1e-5, 1e-5));
}

TEST(Attention, FusedAndExplicitAgreeAndTheMapIsOfferedWhenAskedFor) {
  InitialisingSource source{RandomTree(0)};
  const auto x = counted({2, 5, 8});
  const auto fused = self_attention(Scope(source) / "attn", x, 2);
  Taps taps({"attn.attention"});
  const auto tapped = self_attention(Scope(source, &taps) / "attn", x, 2);
  const auto exact = self_attention(Scope(source, nullptr, {.higher_order = true}) / "attn", x, 2);
  EXPECT_TRUE(at::allclose(fused, exact, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(tapped, exact, 1e-6, 1e-7));
  const auto& map = taps.at("attn.attention");
  EXPECT_EQ(map.sizes(), (std::vector<int64_t>{2, 2, 5, 5}));
  EXPECT_TRUE(at::allclose(map.sum(-1), at::ones({2, 2, 5}), 1e-5, 1e-6));
}

TEST(Dropout, DropsItsShareInTrainingByItsPathsStreamAndNothingElse) {
  InitialisingSource source{RandomTree(0)};
  const auto x = at::ones({4000});
  const auto drop = [&](const char* path, uint64_t seed, bool training) {
    return dropout(Scope(source, nullptr, {.training = training, .random = RandomTree(seed)}) / path, x, 0.25);
  };
  EXPECT_TRUE(at::equal(drop("a", 1, false), x));
  const auto dropped = drop("a", 1, true);
  EXPECT_NEAR((dropped == 0).to(at::kFloat).mean().item<float>(), 0.25, 0.03);
  EXPECT_NEAR(dropped.max().item<float>(), 1 / 0.75, 1e-6);
  EXPECT_TRUE(at::equal(dropped, drop("a", 1, true)));
  EXPECT_FALSE(at::equal(dropped, drop("b", 1, true)));
  EXPECT_FALSE(at::equal(dropped, drop("a", 2, true)));
  EXPECT_THROW(dropout(Scope(source, nullptr, {.training = true}), x, 0.25), Fault);
}

TEST(DropPath, DropsWholeSamples) {
  InitialisingSource source{RandomTree(0)};
  const auto y =
      drop_path(Scope(source, nullptr, {.training = true, .random = RandomTree(4)}), at::ones({200, 3}), 0.5);
  const auto sums = y.sum(1);
  EXPECT_TRUE(((sums == 0) | (sums == 6)).all().item<bool>());
  EXPECT_GT((sums == 0).sum().item<int64_t>(), 60);
  EXPECT_GT((sums == 6).sum().item<int64_t>(), 60);
}

}  // namespace
}  // namespace retort::nn
