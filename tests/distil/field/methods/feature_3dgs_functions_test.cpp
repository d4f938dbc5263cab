#include "distil/field/methods/feature_3dgs_functions.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/errors.h"
#include "distil/field/language/selection_rule.h"
#include "support/grad_check.h"

namespace retort::field {
namespace {

TEST(Feature3dgsFunctions, gradients_match_differences) {
  at::manual_seed(1);
  const auto loss = [](const std::vector<at::Tensor>& x) {
    return joint_loss(x[0], x[1], x[2], x[3], FeatureDecoder{x[4], x[5]}, {.lambda_dssim = 0.2, .gamma = 0.7}).loss;
  };
  EXPECT_TRUE(tests::grad_check(loss, {at::rand({3, 3, 4}), at::rand({3, 3, 4}), at::randn({2, 3, 4}),
                                       at::randn({4, 2, 3}), at::randn({4, 2}), at::randn({4})}));
}

TEST(Feature3dgsFunctions, decoding_needs_no_decoder) {
  const at::Tensor map = at::arange(6, at::kFloat).view({1, 2, 3});
  const at::Tensor grown = decode_feature_map(map, std::nullopt, 3, 5);
  EXPECT_TRUE(grown[0][1].allclose(at::tensor({1.5f, 2.f, 2.5f, 3.f, 3.5f})));
  EXPECT_THROW(decode_feature_map(map, FeatureDecoder{at::zeros({4, 2}), at::zeros({4})}, 3, 5), Fault);
}

/// A unit feature whose cosines with the first unit axes are those given.
at::Tensor splat_with_cosines(const std::vector<float>& cosines) {
  std::vector<float> feature = cosines;
  float rest = 1;
  for (const float cosine : cosines) rest -= cosine * cosine;
  feature.push_back(std::sqrt(rest));
  return at::tensor(feature).unsqueeze(0);
}

TEST(SelectionScore, sheets_example) {
  const at::Tensor features = 3 * splat_with_cosines({0.25f, 0.10f, 0.08f, 0.05f, 0.02f});
  const at::Tensor queries = at::eye(5, 6);
  const auto selected = [&](std::vector<int64_t> ids, std::optional<double> threshold) {
    return selection_score(features, queries, {std::move(ids), threshold}).item<float>() == 1;
  };
  EXPECT_TRUE(selected({0}, 0.198));
  EXPECT_FALSE(selected({0}, 0.24));
  EXPECT_TRUE(selected({1}, 0.198));
  EXPECT_FALSE(selected({1}, std::nullopt));
  EXPECT_TRUE(selected({1, 2}, std::nullopt));
  EXPECT_TRUE(selected({1, 2}, 0.39));
  EXPECT_FALSE(selected({1, 2}, 0.40));
  // Deletion: by argmax or by threshold.
  EXPECT_EQ(selection_score_delete(features, queries, {{0}, 0.9}).item<float>(), 1);
  EXPECT_EQ(selection_score_delete(features, queries, {{2}, 0.3}).item<float>(), 0);
  EXPECT_EQ(selection_score_delete(features, queries, {{4, 3}, 0.5}).item<float>(), 1);
}

TEST(SelectionScore, single_query_and_zero_features) {
  const at::Tensor features = at::cat({splat_with_cosines({0.5f}), at::zeros({1, 2})});
  const at::Tensor query = at::eye(1, 2);
  EXPECT_TRUE(selection_score(features, query, {{0}, 0.4}).equal(at::tensor({1.f, 0.f})));
  EXPECT_TRUE(selection_score_delete(features, query, {{0}, -0.1}).equal(at::tensor({1.f, 1.f})));
}

TEST(SelectionScore, refuses_rules_that_mean_nothing) {
  const at::Tensor features = at::ones({2, 3});
  EXPECT_THROW(selection_score(features, at::ones({1, 3}), {{0}, std::nullopt}), UserError);
  EXPECT_THROW(selection_score(features, at::ones({2, 3}), {{2}, 0.5}), UserError);
  EXPECT_THROW(selection_score_delete(features, at::ones({2, 3}), {{}, 0.5}), UserError);
}

}  // namespace
}  // namespace retort::field
