#include "nn/vit.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "nn/token_blocks.h"
#include "support/user_error.h"

namespace retort::nn {
namespace {

constexpr VitOptions small_vit = {.patch = 4, .width = 12, .depth = 2, .heads = 3, .classes = 5};

at::Tensor wavy_image(int64_t batch, int64_t height, int64_t width) {
  return at::sin(at::arange(batch * 3 * height * width, at::kFloat)).view({batch, 3, height, width});
}

TEST(TokenBlocks, PatchesComeRowByRow) {
  Weights weights;
  weights.parameters = {{"proj.weight", at::full({1, 1, 2, 2}, 0.25)}, {"proj.bias", at::zeros({1})}};
  GivenSource source(weights);
  const auto image = at::arange(4 * 6, at::kFloat).view({1, 1, 4, 6});
  const auto tokens = patch_tokens(Scope(source), image, {.patch = 2, .width = 1});
  const std::vector<float> means = {3.5, 5.5, 7.5, 15.5, 17.5, 19.5};
  EXPECT_TRUE(at::allclose(tokens, at::tensor(means).view({1, 6, 1})));
}

TEST(TokenBlocks, PicturesOfBrokenPatchesAreRefused) {
  InitialisingSource source{RandomTree(0)};
  const auto message = tests::user_error_of([&] { vit(Scope(source), wavy_image(1, 32, 30), small_vit); });
  EXPECT_NE(message.find("patch_embed: pictures of 32x30 are not whole patches of 4x4"), std::string::npos) << message;
}

TEST(TokenBlocks, StagesLieAtTheSameSharesOfAnyDepth) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(token_stages(12), (Names{"blocks.1", "blocks.3", "blocks.9", "blocks.11"}));
  EXPECT_EQ(token_stages(8), (Names{"blocks.0", "blocks.2", "blocks.6", "blocks.7"}));
  EXPECT_EQ(token_stages(4), (Names{"blocks.0", "blocks.1", "blocks.2", "blocks.3"}));
}

TEST(Vit, TakesPicturesThatAreNotSquareAndShowsItsAttention) {
  InitialisingSource source{RandomTree(0)};
  Taps taps({"blocks.1", "blocks.0.attn.attention", "pos_drop"});
  EXPECT_EQ(vit(Scope(source, &taps), wavy_image(2, 8, 16), small_vit).sizes(), (std::vector<int64_t>{2, 5}));
  EXPECT_EQ(taps.at("pos_drop").sizes(), (std::vector<int64_t>{2, 9, 12}));
  EXPECT_EQ(taps.at("blocks.1").sizes(), (std::vector<int64_t>{2, 9, 12}));
  const auto attention = taps.at("blocks.0.attn.attention");
  EXPECT_EQ(attention.sizes(), (std::vector<int64_t>{2, 3, 9, 9}));
  EXPECT_TRUE(at::allclose(attention.sum(-1), at::ones({2, 3, 9})));
}

TEST(Vit, DistilledOneGivesTheMeanOfBothHeads) {
  auto options = small_vit;
  options.distilled = true;
  InitialisingSource source{RandomTree(0)};
  Taps taps({"head", "head_dist", "head.input", "head_dist.input"});
  const auto logits = vit(Scope(source, &taps), wavy_image(2, 8, 8), options);
  EXPECT_TRUE(at::allclose(logits, (taps.at("head") + taps.at("head_dist")) / 2));
  EXPECT_FALSE(at::allclose(taps.at("head.input"), taps.at("head_dist.input")));
}

TEST(Vit, DropsPathsOnlyInTrainingAndNeverInTheFirstBlock) {
  auto options = small_vit;
  options.drop_path = 0.9;
  InitialisingSource source{RandomTree(0)};
  const auto image = wavy_image(8, 8, 8);
  const auto run = [&](bool training, const char* tap) {
    Taps taps({tap});
    vit(Scope(source, &taps, {.training = training, .random = RandomTree(3)}), image, options);
    return taps.at(tap);
  };
  EXPECT_TRUE(at::equal(run(true, "blocks.0"), run(false, "blocks.0")));
  EXPECT_FALSE(at::equal(run(true, "blocks.1"), run(false, "blocks.1")));
  EXPECT_TRUE(at::equal(run(true, "blocks.1"), run(true, "blocks.1")));
}

}  // namespace
}  // namespace retort::nn
