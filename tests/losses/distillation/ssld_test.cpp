// Soft outputs alone: known values, gradients, and distributions that are all but certain.
#include "losses/distillation/ssld.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/kd.h"
#include "losses/distillation/sheet_inputs.h"
#include "losses/distillation/soft_cross_entropy.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

at::Tensor logits_of(double probability) {
  return at::tensor({std::log(probability), std::log(1 - probability)}, at::kDouble).view({1, 2});
}

TEST(SymmetricKl, has_known_values_and_is_symmetric) {
  const SheetInputs in;
  EXPECT_NEAR(symmetric_kl_loss(logits_of(.9), logits_of(.1)).item<double>(), .8 * std::log(9), 1e-9);
  EXPECT_NEAR(symmetric_kl_loss(in.student_logits, in.student_logits).item<double>(), 0, 1e-12);
  EXPECT_NEAR(symmetric_kl_loss(in.student_logits, in.teacher_logits, {.eps = 0}).item<double>(),
              (softened_divergence(in.student_logits, in.teacher_logits, 1) +
               softened_divergence(in.teacher_logits, in.student_logits, 1))
                      .item<double>() /
                  2,
              1e-12);
  EXPECT_NEAR(symmetric_kl_loss(in.student_logits, in.teacher_logits).item<double>(),
              symmetric_kl_loss(in.teacher_logits, in.student_logits, {.eps = 0}).item<double>(), 1e-6);
}

TEST(JensenShannon, has_known_values) {
  EXPECT_NEAR(jensen_shannon_loss(logits_of(.9), logits_of(.1)).item<double>(),
              std::numbers::ln2 + .9 * std::log(.9) + .1 * std::log(.1), 1e-12);
  const at::Tensor left = at::tensor({200., 0.}, at::kDouble).view({1, 2});
  EXPECT_NEAR(jensen_shannon_loss(left, left.flip(1)).item<double>(), std::numbers::ln2, 1e-12);
}

TEST(SoftOutputs, have_gradients_that_hold) {
  const SheetInputs in;
  const std::vector<std::function<at::Tensor(const at::Tensor&)>> losses = {
      [&](const at::Tensor& student) { return symmetric_kl_loss(student, in.teacher_logits); },
      [&](const at::Tensor& student) { return symmetric_kl_loss(student, in.teacher_logits, {.eps = 0}); },
      [&](const at::Tensor& student) { return symmetric_kl_loss(student, in.teacher_logits, {.eps = 1e-2}); },
      [&](const at::Tensor& student) { return jensen_shannon_loss(student, in.teacher_logits); },
      [&](const at::Tensor& student) { return soft_cross_entropy(student, at::softmax(in.teacher_logits, 1)); }};
  for (size_t which = 0; which < losses.size(); ++which) {
    EXPECT_TRUE(
        tests::grad_check([&](const std::vector<at::Tensor>& x) { return losses[which](x[0]); }, {in.student_logits}))
        << which;
    const at::Tensor sure = at::tensor({1e3, 0., -1e3}).view({1, 3}).to(at::kFloat);
    const std::vector<std::function<at::Tensor(const at::Tensor&)>> sure_losses = {
        [&](const at::Tensor& student) { return symmetric_kl_loss(student, sure); },
        [&](const at::Tensor& student) { return symmetric_kl_loss(student, sure, {.eps = 0}); },
        [&](const at::Tensor& student) { return symmetric_kl_loss(student, sure, {.eps = 1e-2}); },
        [&](const at::Tensor& student) { return jensen_shannon_loss(student, sure); },
        [&](const at::Tensor& student) { return soft_cross_entropy(student, at::softmax(sure, 1)); }};
    EXPECT_TRUE(finite_with_gradient(sure_losses[which], sure)) << which;
    EXPECT_TRUE(finite_with_gradient(sure_losses[which], -sure)) << which;
    EXPECT_TRUE(finite_with_gradient(sure_losses[which], at::zeros({1, 3}))) << which;
  }
}

TEST(SoftCrossEntropy, is_cross_entropy_for_single_labels) {
  const SheetInputs in;
  EXPECT_NEAR(soft_cross_entropy(in.student_logits, at::one_hot(in.labels, 5).to(at::kDouble)).item<double>(),
              2.6373467900, sheet_tolerance);
  EXPECT_THROW(soft_cross_entropy(in.student_logits, in.labels), UserError);
}

}  // namespace
}  // namespace retort::losses
