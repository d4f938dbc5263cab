#include "distil/field/editing/recolour.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "distil/field/editing/sample_field.h"
#include "distil/field/splat/render.h"

namespace retort::field {
namespace {

// Colours [M,3] before the cut at 0, each splat from a direction of its own.
at::Tensor unclamped(const at::Tensor& sh) {
  auto directions = tests::normal_numbers({sh.size(0), 3}, "directions").to(at::kDouble);
  directions = (directions / directions.norm(2, 1, true)).contiguous();
  return splat::eval_sh(sh.to(at::kDouble).transpose(1, 2).contiguous(), directions, 3) + 0.5;
}

TEST(Recolour, FullHarmonicsChangeAsTheColoursDo) {
  const auto field = tests::sample_field(30);
  const RecolourEdit edit{.matrix = {0.2, 0.7, 0, -0.3, 1.1, 0.4, 0.5, 0, 0.5}, .offset = {0.1, -0.2, 0.05}};
  const auto matrix = at::tensor(std::vector<double>(edit.matrix.begin(), edit.matrix.end())).view({3, 3});
  const auto offset = at::tensor(std::vector<double>(edit.offset.begin(), edit.offset.end()));
  const auto expected = at::mm(unclamped(field.splats.sh), matrix.t()) + offset;
  const auto changed = recoloured(field.splats.sh, field.splats.opacity_logits, edit);
  EXPECT_LT((unclamped(changed) - expected).abs().max().item<double>(), 1e-5);
}

TEST(Recolour, KeepHigherChangesTheConstantAloneAsFeature3dgs) {
  const auto field = tests::sample_field(5);
  const RecolourEdit edit{.matrix = channel_order("bgr"), .keep_higher = true};
  const auto changed = recoloured(field.splats.sh, field.splats.opacity_logits, edit);
  EXPECT_TRUE(changed.slice(1, 1).equal(field.splats.sh.slice(1, 1)));
  EXPECT_TRUE(changed.select(1, 0).equal(field.splats.sh.select(1, 0).flip({1})));
  const auto whole = recoloured(field.splats.sh, field.splats.opacity_logits, {.matrix = channel_order("bgr")});
  EXPECT_TRUE(whole.equal(field.splats.sh.flip({2})));
}

TEST(Recolour, AColourBecomesTheMeanAndShadingStays) {
  auto field = tests::sample_field(50);
  field.splats.sh = 0.3 * field.splats.sh;
  const auto changed = recoloured(field.splats.sh, field.splats.opacity_logits, {.colour = {{1, 0.5, 0}}});
  const auto weights = field.splats.opacity_logits.to(at::kDouble).sigmoid().unsqueeze(1);
  const auto colours = 0.5 + 0.28209479177387814 * changed.select(1, 0).to(at::kDouble);
  const auto mean = (weights * colours).sum(0) / weights.sum();
  EXPECT_NEAR(mean[0].item<double>(), 1, 1e-3);
  EXPECT_NEAR(mean[1].item<double>(), 0.5, 1e-3);
  EXPECT_NEAR(mean[2].item<double>(), 0, 1e-3);
  EXPECT_GT(colours.select(1, 0).std().item<double>(), 0.01);  // brightness still differs from splat to splat
}

TEST(Recolour, BlackThingsGetThePlainColour) {
  auto field = tests::sample_field(5);
  field.splats.sh = at::zeros_like(field.splats.sh);
  field.splats.sh.select(1, 0).fill_(-0.5 / 0.28209479177387814);
  const auto changed = recoloured(field.splats.sh, field.splats.opacity_logits, {.colour = {{0.25, 0.5, 0.75}}});
  const auto colours = unclamped(changed);
  EXPECT_LT((colours - at::tensor({0.25, 0.5, 0.75}, at::kDouble)).abs().max().item<double>(), 1e-6);
}

}  // namespace
}  // namespace retort::field
