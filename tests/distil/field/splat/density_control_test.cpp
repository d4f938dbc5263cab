#include "distil/field/splat/density_control.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/errors.h"

namespace retort::splat {
namespace {

constexpr double small_scale = 0.005, large_scale = 0.05;  // extent 1: the border between clone and split is 0.01

/// Splats whose features and moments carry their index + 1, so that every row can be traced.
struct TracedSplats {
  SplatParameters parameters;
  train::AdamState adam;
};

TracedSplats traced_splats(int64_t splats, double scale, double opacity_logit = 1) {
  TracedSplats traced;
  const at::Tensor mark = at::arange(1, splats + 1, at::kFloat);
  SplatParameters& p = traced.parameters;
  p.means = at::rand({splats, 3});
  p.sh = mark.view({-1, 1, 1}).repeat({1, 16, 3}).contiguous();
  p.opacity_logits = at::full({splats}, opacity_logit, at::kFloat);
  p.log_scales = at::full({splats, 3}, std::log(scale), at::kFloat);
  p.quaternions = at::zeros({splats, 4});
  p.quaternions.select(1, 0).fill_(1);
  p.features = mark.view({-1, 1}).repeat({1, 2}).contiguous();
  for (const auto& [name, tensor] : p.named()) {
    const std::vector<int64_t> row(tensor->dim(), 1);
    std::vector<int64_t> shape = row;
    shape[0] = -1;
    const at::Tensor moment = mark.view(shape).expand(tensor->sizes()).contiguous();
    traced.adam[name] = {.first = moment, .second = moment.clone(), .step = 9};
  }
  return traced;
}

DensityControlOptions plain_order(int64_t max_splats = 0) {
  return {.thresholds = {.extent = 1}, .max_splats = max_splats, .morton_order = false};
}

/// One view in which splat i has the NDC gradient (gradients[i], 0).
void accumulate_once(DensityController& controller, const std::vector<float>& gradients) {
  std::vector<float> pairs;
  for (const float gradient : gradients) pairs.insert(pairs.end(), {gradient, 0.f});
  controller.accumulate(pairs, std::vector<int32_t>(gradients.size(), 5));
}

std::vector<int> traced_rows(const SplatParameters& parameters) {
  std::vector<int> rows;
  for (int64_t row = 0; row < parameters.size(); ++row) {
    rows.push_back(static_cast<int>(parameters.features[row][0].item<float>()) - 1);
  }
  return rows;
}

TEST(DensityControl, clones_splits_and_prunes) {
  ThreadPool pool(2);
  auto [parameters, adam] = traced_splats(5, small_scale);
  parameters.log_scales[2].fill_(std::log(large_scale));  // will be split
  parameters.opacity_logits[3] = -10;                     // will be pruned
  DensityController controller(5, pool);
  accumulate_once(controller, {0.f, 1.f, 1.f, 0.f, 1e-5f});
  const at::Tensor old_means = parameters.means;
  const auto change = controller.densify_and_prune(parameters, adam, RandomGenerator(1), plain_order());
  EXPECT_EQ(change.cloned, 1);
  EXPECT_EQ(change.split, 1);
  EXPECT_EQ(change.pruned, 1);
  parameters.check();
  EXPECT_EQ(traced_rows(parameters), (std::vector<int>{0, 1, 4, 1, 2, 2}));
  EXPECT_TRUE(parameters.means[3].equal(old_means[1]));
  EXPECT_FALSE(parameters.means[4].equal(parameters.means[5]));
  EXPECT_NEAR(parameters.log_scales[4][0].item<float>(), std::log(large_scale / 1.6), 1e-5);
  EXPECT_NEAR(parameters.log_scales[3][0].item<float>(), std::log(small_scale), 1e-5);
  for (const auto& [name, tensor] : parameters.named()) {
    const auto& moments = adam.at(name);
    EXPECT_EQ(moments.step, 9);
    EXPECT_EQ(moments.first.sizes(), tensor->sizes());
    const std::vector<float> expected = {1, 2, 5, 0, 0, 0};
    for (int64_t row = 0; row < 6; ++row) {
      EXPECT_EQ(moments.first[row].max().item<float>(), expected[row]) << name;
      EXPECT_EQ(moments.second[row].min().item<float>(), expected[row]) << name;
    }
  }
  // Evidence starts anew: nothing grows now.
  EXPECT_EQ(controller.densify_and_prune(parameters, adam, RandomGenerator(1), plain_order()).cloned, 0);
}

TEST(DensityControl, invisible_splats_gather_no_evidence) {
  ThreadPool pool(1);
  DensityController controller(2, pool);
  for (int view = 0; view < 3; ++view) {
    controller.accumulate(std::vector<float>{3, 4, 3, 4}, std::vector<int32_t>{view == 1 ? 7 : 2, 0});
  }
  std::map<std::string, at::Tensor> saved;
  controller.save("density.", saved);
  EXPECT_TRUE(saved.at("density.gradient_accum").equal(at::tensor({15.f, 0.f})));
  EXPECT_TRUE(saved.at("density.count").equal(at::tensor({3, 0}, at::kLong)));
  EXPECT_TRUE(saved.at("density.max_radii").equal(at::tensor({7, 0}, at::kInt)));
  EXPECT_THROW(controller.accumulate(std::vector<float>(3), std::vector<int32_t>(2)), Fault);

  DensityController other(5, pool);
  other.load(saved, "density.", 2, "checkpoint");
  EXPECT_EQ(other.max_radii()[0], 7);
  EXPECT_THROW(other.load(saved, "density.", 3, "checkpoint"), UserError);
  EXPECT_THROW(other.load({}, "density.", 2, "checkpoint"), UserError);
}

TEST(DensityControl, limit_takes_the_largest_gradients) {
  ThreadPool pool(1);
  const std::vector<float> gradients = {0.1f, 0.4f, 0.3f, 0.f, 0.2f};
  const auto rows_with_limit = [&](int64_t max_splats) {
    auto [parameters, adam] = traced_splats(5, small_scale);
    parameters.log_scales[2].fill_(std::log(large_scale));
    parameters.opacity_logits[3] = -10;
    DensityController controller(5, pool);
    accumulate_once(controller, gradients);
    controller.densify_and_prune(parameters, adam, RandomGenerator(1), plain_order(max_splats));
    return traced_rows(parameters);
  };
  EXPECT_EQ(rows_with_limit(6), (std::vector<int>{0, 1, 4, 1, 2, 2}));
  EXPECT_EQ(rows_with_limit(5), (std::vector<int>{0, 1, 2, 4, 1}));
  EXPECT_EQ(rows_with_limit(4), (std::vector<int>{0, 1, 2, 4}));
  EXPECT_EQ(rows_with_limit(2), (std::vector<int>{0, 1, 2, 4}));
  EXPECT_EQ(rows_with_limit(0), rows_with_limit(100));
}

TEST(DensityControl, morton_order_keeps_rows_together_and_threads_do_not_matter) {
  std::vector<SplatParameters> results;
  for (const int threads : {1, 2, 3}) {
    at::manual_seed(5);
    ThreadPool pool(threads);
    auto [parameters, adam] = traced_splats(300, large_scale);
    DensityController controller(300, pool);
    std::vector<float> gradients(300);
    for (int splat = 0; splat < 300; ++splat) gradients[splat] = splat % 3 == 0 ? 1.f : 0.f;
    accumulate_once(controller, gradients);
    DensityControlOptions options;
    options.thresholds.extent = 1;
    controller.densify_and_prune(parameters, adam, RandomGenerator(3), options);
    ASSERT_EQ(parameters.size(), 400);
    std::multiset<int> ids;
    for (int64_t row = 0; row < 400; ++row) {
      const float id = parameters.features[row][1].item<float>();
      ids.insert(static_cast<int>(id));
      EXPECT_EQ(parameters.sh[row][15][2].item<float>(), id);
      const float history = static_cast<int>(id - 1) % 3 == 0 ? 0 : id;
      EXPECT_EQ(adam.at("means").first[row][2].item<float>(), history);
    }
    for (int splat = 1; splat <= 300; ++splat) EXPECT_EQ(ids.count(splat), splat % 3 == 1 ? 2u : 1u);
    results.push_back(parameters);
  }
  for (size_t run = 1; run < results.size(); ++run) {
    for (size_t index = 0; index < 6; ++index) {
      EXPECT_TRUE(results[run].named()[index].second->equal(*results[0].named()[index].second));
    }
  }
}

TEST(DensityControl, split_copies_are_drawn_from_the_gaussian) {
  ThreadPool pool(2);
  constexpr int64_t splats = 4000;
  auto [parameters, adam] = traced_splats(splats, large_scale);
  parameters.means.zero_();
  // A quarter turn about z, quaternion not normalised: the long axis x becomes y.
  parameters.quaternions = at::tensor({3.f, 0.f, 0.f, 3.f}).repeat({splats, 1});
  parameters.log_scales = at::tensor({0.3f, 0.05f, 0.1f}).log().repeat({splats, 1});
  DensityController controller(splats, pool);
  accumulate_once(controller, std::vector<float>(splats, 1.f));
  controller.densify_and_prune(parameters, adam, RandomGenerator(11), plain_order());
  ASSERT_EQ(parameters.size(), 2 * splats);
  const at::Tensor spread = parameters.means.std(0);
  EXPECT_NEAR(spread[0].item<float>(), 0.05, 0.002);
  EXPECT_NEAR(spread[1].item<float>(), 0.3, 0.01);
  EXPECT_NEAR(spread[2].item<float>(), 0.1, 0.004);
  EXPECT_LT(parameters.means.mean(0).abs().max().item<float>(), 0.02);
}

TEST(DensityControl, screen_size_only_switches_on_the_test_in_the_world) {
  ThreadPool pool(1);
  auto [parameters, adam] = traced_splats(3, small_scale);
  parameters.log_scales[1].fill_(std::log(0.2));
  DensityController controller(3, pool);
  controller.accumulate(std::vector<float>(6), std::vector<int32_t>{100, 100, 100});
  DensityControlOptions options = plain_order();
  options.thresholds.max_screen_size = 20;
  controller.densify_and_prune(parameters, adam, RandomGenerator(1), options);
  EXPECT_EQ(traced_rows(parameters), (std::vector<int>{0, 2}));
}

TEST(DensityControl, everything_may_be_pruned) {
  ThreadPool pool(1);
  auto [parameters, adam] = traced_splats(3, small_scale, -20);
  DensityController controller(3, pool);
  controller.densify_and_prune(parameters, adam, RandomGenerator(1), {});
  EXPECT_EQ(parameters.size(), 0);
  parameters.check();
  controller.densify_and_prune(parameters, adam, RandomGenerator(1), {});
}

TEST(ResetOpacity, caps_opacity_and_forgets_its_moments) {
  auto [parameters, adam] = traced_splats(2, small_scale);
  parameters.opacity_logits[1] = -7;
  reset_opacity(parameters, adam);
  EXPECT_NEAR(parameters.opacity_logits.sigmoid()[0].item<float>(), 0.01, 1e-6);
  EXPECT_EQ(parameters.opacity_logits[1].item<float>(), -7);
  EXPECT_EQ(adam.at("opacity_logits").first.abs().max().item<float>(), 0);
  EXPECT_EQ(adam.at("opacity_logits").step, 9);
  EXPECT_EQ(adam.at("means").first[1][0].item<float>(), 2);
}

}  // namespace
}  // namespace retort::splat
