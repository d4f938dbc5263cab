// OFA-KD: the sheet's numbers, gradients of loss and branches, the order of merged neighbours.
#include "losses/distillation/ofa_kd.h"

#include <gtest/gtest.h>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/ofa_branches.h"
#include "losses/distillation/scoped_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "losses/distillation/soft_cross_entropy.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

TEST(Ofa, has_the_sheets_values) {
  const SheetInputs in;
  const auto loss = [&](double gamma) {
    return ofa_loss(in.student_logits, in.teacher_logits, in.labels, {.gamma = gamma}).item<double>();
  };
  EXPECT_NEAR(loss(1), 1.9342069703, sheet_tolerance);
  EXPECT_NEAR(loss(1.4), 1.6686087431, sheet_tolerance);
  EXPECT_NEAR(loss(1.5), 1.6345438840, sheet_tolerance);
  EXPECT_NEAR(loss(2), 1.5987461111, sheet_tolerance);
}

TEST(Ofa, keeps_the_labels_cross_entropy_in_the_papers_form) {
  const SheetInputs in;
  const auto paper = ofa_loss(in.student_logits, in.teacher_logits, in.labels, {.form = OfaForm::paper}).item<double>();
  EXPECT_NEAR(paper, 1.9342069703 + 2.6373467900, 1e-9);
}

TEST(Ofa, has_gradients_that_hold_and_stay_finite) {
  const SheetInputs in;
  for (const auto form : {OfaForm::code, OfaForm::paper}) {
    const OfaOptions options{.gamma = 1.5, .temperature = 2, .form = form};
    const auto loss = [&](const at::Tensor& student) {
      return ofa_loss(student, in.teacher_logits, in.labels, options);
    };
    EXPECT_TRUE(tests::grad_check([&](const std::vector<at::Tensor>& x) { return loss(x[0]); }, {in.student_logits}));
    EXPECT_TRUE(finite_with_gradient(loss, at::zeros({4, 5}, at::kDouble)));
    EXPECT_TRUE(finite_with_gradient(loss, 1e5 * in.student_logits));
    EXPECT_TRUE(finite_with_gradient(
        [&](const at::Tensor& student) { return ofa_loss(student, 1e5 * in.teacher_logits, in.labels, options); },
        in.student_logits));
  }
}

TEST(OfaBranches, merge_neighbours_row_first) {
  // Tokens 0 ... 7 in two rows of four; a layer norm of four numbers keeps their order.
  const at::Tensor tokens = at::arange(8, at::kDouble).view({1, 8, 1});
  nn::Weights weights;
  weights.parameters = {{"norm.weight", at::ones({4}, at::kDouble)},
                        {"norm.bias", at::zeros({4}, at::kDouble)},
                        {"reduction.weight", at::eye(4, at::kDouble)}};
  nn::GivenSource source(weights);
  const at::Tensor merged =
      merged_patches(nn::Scope(source), tokens, {.height = 2, .width = 4, .out_features = 4, .gelu = false});
  const at::Tensor neighbours = at::tensor({0., 4., 1., 5., 2., 6., 3., 7.}, at::kDouble).view({1, 2, 4});
  EXPECT_TRUE(at::allclose(merged, at::layer_norm(neighbours, {4})));
  EXPECT_EQ(tests::user_error_of(
                [&] { merged_patches(nn::Scope(source), tokens, {.height = 4, .width = 4, .out_features = 4}); }),
            "ofa: tokens [1, 8, 1] are no grid of 4x4 with even sides");
}

TEST(OfaBranches, have_gradients_that_hold) {
  EXPECT_TRUE(gradients_hold(
      [](const nn::Scope& scope, const auto& x) {
        return merged_patches(scope, x[0], {.height = 2, .width = 4, .out_features = 5}).square().mean();
      },
      {tests::wave({2, 8, 3}, .7, .3)}));
  EXPECT_TRUE(
      gradients_hold([](const nn::Scope& scope,
                        const auto& x) { return separable_block(scope, x[0], {.out_channels = 3}).square().mean(); },
                     {tests::wave({2, 2, 6, 6}, .37, .1)}));
}

TEST(OfaBranches, lead_from_any_stage_to_logits) {
  for (const int64_t stage : {1, 2, 3, 4}) {
    const ScopedLoss logits = [stage](const nn::Scope& scope, const auto& x) {
      const at::Tensor given = map_branch_logits(scope, x[0], {.stage = stage, .width = 12, .classes = 7});
      EXPECT_EQ(given.sizes(), (std::vector<int64_t>{2, 7}));
      return given.square().mean();
    };
    const at::Tensor map = tests::wave({2, 3, 8, 8}, .37, .1);
    const auto weights = fresh_weights(logits, {map});
    EXPECT_EQ(weights.shape_of("head.weight"), (std::vector<int64_t>{7, 12})) << stage;
    if (stage == 1) {
      EXPECT_EQ(weights.shape_of("1.op.5.weight"), (std::vector<int64_t>{12, 6, 1, 1}));  // twice the channels
      EXPECT_EQ(weights.shape_of("2.op.5.weight"), (std::vector<int64_t>{12, 12, 1, 1}));
    }
    if (stage == 4) {
      EXPECT_EQ(weights.shape_of("0.bias"), (std::vector<int64_t>{12}));
    }
  }
  const nn::Weights none;
  nn::GivenSource source(none);
  EXPECT_EQ(tests::user_error_of([&] {
              map_branch_logits(nn::Scope(source), at::ones({1, 1, 2, 2}), {.stage = 5, .width = 2, .classes = 2});
            }),
            "ofa: stage 5; it should be in [1, 4]");
}

}  // namespace
}  // namespace retort::losses
