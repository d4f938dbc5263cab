// KD3: the sheet's numbers, gradients of its modules, and selections among classes that nobody is taken for.
#include "losses/distillation/kd3.h"

#include <gtest/gtest.h>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/kd3_selection.h"
#include "losses/distillation/nt_xent.h"
#include "losses/distillation/scoped_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "support/grad_check.h"

namespace retort::losses {
namespace {

TEST(NtXent, has_the_sheets_value_and_gradient) {
  const SheetInputs in;
  EXPECT_NEAR(nt_xent_loss(in.student_embedding, in.teacher_embedding).item<double>(), 3.9435327579, sheet_tolerance);
  EXPECT_TRUE(tests::grad_check([](const std::vector<at::Tensor>& x) { return nt_xent_loss(x[0], x[1]); },
                                {in.student_embedding, in.teacher_embedding}));
}

TEST(NtXent, stays_finite) {
  const SheetInputs in;
  const auto with = [](const at::Tensor& other) {
    return [other](const at::Tensor& view) { return nt_xent_loss(view, other, {.temperature = 0.01}); };
  };
  EXPECT_TRUE(finite_with_gradient(with(in.teacher_embedding), at::zeros({4, 6}, at::kDouble)));
  EXPECT_TRUE(finite_with_gradient(with(at::ones({4, 6})), at::ones({4, 6})));
  // Of one sample there is nothing to confuse it with.
  const at::Tensor single = in.student_embedding.narrow(0, 0, 1);
  EXPECT_TRUE(finite_with_gradient(with(single), single));
  EXPECT_NEAR(with(single)(-single).item<double>(), 0, 1e-12);
}

TEST(Kd3, weighs_pictures_by_the_distance_of_their_logits) {
  const SheetInputs in;
  const at::Tensor student = tests::wave({4, 3, 2, 2}, .37, .1), teacher = tests::wave({4, 3, 2, 2}, .53, .9);
  const auto loss = kd3_weighted_feature_loss(student, teacher, in.student_logits, in.teacher_logits);
  EXPECT_TRUE(
      at::allclose(loss.weights, at::tensor({0.99116377, 0.99910644, 0.99583951, 0.95537251}, at::kDouble), 0, 1e-8));
  EXPECT_NEAR(loss.value.item<double>(), 0.9544469194, sheet_tolerance);
  EXPECT_TRUE(tests::grad_check(
      [&](const std::vector<at::Tensor>& x) {
        return kd3_weighted_feature_loss(x[0], teacher, in.student_logits, in.teacher_logits).value;
      },
      {student}));
  const at::Tensor logits = in.student_logits.clone().requires_grad_(true);
  EXPECT_FALSE(kd3_weighted_feature_loss(student, teacher, logits, logits).value.requires_grad());
}

TEST(Kd3, transfers_maps_to_the_teachers_shape) {
  const at::Tensor weight = tests::wave({3, 5}, .3, .2), bias = tests::wave({3}, .9, .1);
  for (const int64_t side : {2, 4, 8}) {
    const at::Tensor teacher = tests::wave({2, 5, side, side}, .53, .9);
    const ScopedLoss loss = [&](const nn::Scope& scope, const auto& x) {
      const auto type = x[0].scalar_type();
      const auto maps = kd3_transfer(scope, x[0], teacher.to(type));
      EXPECT_EQ(maps.student.sizes(), maps.teacher.sizes());
      return (maps.student - maps.teacher).square().mean() +
             shared_classifier_logits(maps.student, weight.to(type), bias.to(type)).square().mean();
    };
    EXPECT_TRUE(gradients_hold(loss, {tests::wave({2, 3, 4, 4}, .37, .1)})) << side;
    EXPECT_EQ(fresh_weights(loss, {at::ones({2, 3, 4, 4})}).shape_of("transfer.3.weight"),
              (std::vector<int64_t>{2, 2, 3, 3}));
  }
}

TEST(Kd3Selection, share_of_the_teacher_falls) {
  EXPECT_NEAR(selection_teacher_weight(1), 0.99237087, 1e-8);
  EXPECT_NEAR(selection_teacher_weight(60), 0.85254877, 1e-8);
  EXPECT_NEAR(selection_teacher_weight(119), 0.26838437, 1e-8);
  EXPECT_EQ(selection_teacher_weight(120), 0);
}

TEST(Kd3Selection, rare_classes_have_low_thresholds) {
  // Ten samples of the first class, five of the second, none of the third; of each class one is unsure.
  at::Tensor logits = at::zeros({15, 3});
  logits.slice(0, 0, 10).select(1, 0).fill_(8);
  logits.slice(0, 10, 15).select(1, 1).fill_(8);
  logits[0][0] = 1;     // probability 0.58
  logits[10][1] = .1f;  // 0.36
  const auto selected = select_samples(at::zeros_like(logits), logits);
  EXPECT_TRUE(at::allclose(selected.threshold, at::tensor({.95f, .95f * .5f / 1.5f, 0.f})));
  EXPECT_EQ(selected.keep.sum().item<int64_t>(), 14);
  EXPECT_FALSE(selected.keep[0].item<bool>());
  EXPECT_TRUE(selected.keep[10].item<bool>());
  EXPECT_EQ(selected.pseudo_class[10].item<int64_t>(), 1);
}

TEST(Kd3Selection, keeps_the_surest_where_too_few_pass) {
  const at::Tensor unsure = at::tensor({.1f, .2f, .3f, 0.f, 0.f, 0.f}).view({2, 3}).t().contiguous();  // [3,2]
  EXPECT_EQ(select_samples(unsure, unsure).keep.sum().item<int64_t>(), 0);
  const auto selected = select_samples(unsure, unsure, {.at_least = 2});
  EXPECT_TRUE(at::equal(selected.keep, at::tensor({0, 1, 1}).to(at::kBool)));
  EXPECT_EQ(select_samples(unsure, unsure, {.at_least = 9}).keep.sum().item<int64_t>(), 3);
}

}  // namespace
}  // namespace retort::losses
