// Branches of OFA-KD on tokens: what they are made of at which grid and stage.
#include "losses/distillation/ofa_token_branch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "losses/distillation/scoped_gradients.h"
#include "support/grad_check.h"
#include "support/user_error.h"
#include "support/wave.h"

namespace retort::losses {
namespace {

nn::Weights branch_weights(const at::Tensor& tokens, const TokenBranchOptions& options) {
  return fresh_weights(
      [&](const nn::Scope& scope, const auto& x) {
        const auto logits = token_branch_logits(scope, x[0], options);
        EXPECT_EQ(logits.sizes(), (std::vector<int64_t>{x[0].size(0), options.classes}));
        return logits.square().mean();
      },
      {tokens});
}

bool branch_has(const nn::Weights& weights, const std::string& name) { return weights.parameters.contains(name); }

TEST(OfaTokenBranch, has_a_block_for_each_stage_that_is_left) {
  const auto tokens = tests::wave({2, 16, 8}, .37, .1);
  for (const int64_t stage : {1, 2, 3, 4}) {
    const auto weights = branch_weights(tokens, {.stage = stage, .width = 8, .classes = 5});
    const int64_t blocks = std::max<int64_t>(4 - stage, 1);
    EXPECT_TRUE(branch_has(weights, "blocks." + std::to_string(blocks - 1) + ".attn.qkv.weight")) << stage;
    EXPECT_FALSE(branch_has(weights, "blocks." + std::to_string(blocks) + ".attn.qkv.weight")) << stage;
    EXPECT_FALSE(branch_has(weights, "blocks.0.attn.qkv.bias"));
    EXPECT_FALSE(branch_has(weights, "merging.0.reduction.weight"));
  }
}

TEST(OfaTokenBranch, merges_patches_down_to_seven_and_leaves_class_tokens_alone) {
  const TokenBranchOptions options{.stage = 4, .width = 8, .class_tokens = 2, .classes = 3};
  const auto once = branch_weights(tests::wave({1, 2 + 14 * 14, 8}, .37, .1), options);
  EXPECT_EQ(once.shape_of("merging.0.reduction.weight"), (std::vector<int64_t>{8, 32}));
  EXPECT_FALSE(branch_has(once, "merging.1.reduction.weight"));
  EXPECT_EQ(once.shape_of("head.weight"), (std::vector<int64_t>{3, 16}));  // both class tokens side by side
  const auto twice = branch_weights(tests::wave({1, 2 + 28 * 28, 8}, .37, .1), options);
  EXPECT_TRUE(branch_has(twice, "merging.1.reduction.weight"));
}

TEST(OfaTokenBranch, has_gradients_that_hold) {
  for (const int64_t leading : {0, 1})
    EXPECT_TRUE(gradients_hold(
        [leading](const nn::Scope& scope, const auto& x) {
          return token_branch_logits(scope, x[0], {.stage = 3, .width = 4, .class_tokens = leading, .classes = 2})
              .square()
              .mean();
        },
        {tests::wave({2, int64_t{4} + leading, 4}, .7, .3)}));
}

TEST(OfaTokenBranch, refuses_what_does_not_fit) {
  const auto refused = [](const at::Tensor& tokens, const TokenBranchOptions& options) {
    nn::InitialisingSource source(RandomTree(1));
    return tests::user_error_of([&] { token_branch_logits(nn::Scope(source), tokens, options); });
  };
  EXPECT_EQ(refused(at::ones({1, 4, 8}), {.stage = 0, .width = 8, .classes = 2}),
            "ofa: stage 0; it should be in [1, 4]");
  EXPECT_EQ(refused(at::ones({1, 1, 8}), {.width = 8, .class_tokens = 1, .classes = 2}),
            "ofa: 1 tokens, 1 of them in front; none stands for a part of the picture");
  EXPECT_EQ(refused(at::ones({1, 4, 8}), {.width = 12, .classes = 2}),
            "ofa: tokens of width 8 for blocks of width 12; they should be equal and a multiple of 4");
  EXPECT_NE(refused(at::ones({1, 200, 8}), {.width = 8, .classes = 2}).find("are no grid of 14x14"), std::string::npos);
}

}  // namespace
}  // namespace retort::losses
