// Plackett-Luce distillation: the sheet's numbers, special cases, and teachers and students that are all of one mind.
#include "losses/distillation/pld.h"

#include <gtest/gtest.h>

#include <cmath>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

TEST(Pld, orders_the_label_first) {
  const SheetInputs in;
  const at::Tensor order = pld_permutation(in.teacher_logits, in.labels);
  EXPECT_TRUE(at::equal(order[0], at::tensor({1, 0, 2, 3, 4}, at::kLong)));
  EXPECT_TRUE(at::equal(order[1], at::tensor({0, 2, 1, 3, 4}, at::kLong)));
  // Equal classes stand by index.
  EXPECT_TRUE(at::equal(pld_permutation(at::zeros({1, 4}), at::tensor({2}, at::kLong))[0],
                        at::tensor({2, 0, 1, 3}, at::kLong)));
}

TEST(Pld, has_the_sheets_values_and_gradients) {
  const SheetInputs in;
  const auto loss = [&](const PldOptions& options) {
    return pld_loss(in.student_logits, in.teacher_logits, in.labels, options).item<double>();
  };
  EXPECT_NEAR(loss({}), 1.8065700495, sheet_tolerance);
  EXPECT_NEAR(loss({.temperature = 4}), 1.6113711189, sheet_tolerance);
  EXPECT_NEAR(loss({.weights = PldWeights::uniform}), 1.3645672914, sheet_tolerance);
  EXPECT_NEAR(loss({.weights = PldWeights::first}), 2.6373467900, sheet_tolerance);  // cross-entropy
  for (const auto weights : {PldWeights::teacher, PldWeights::uniform, PldWeights::position, PldWeights::first}) {
    EXPECT_TRUE(tests::grad_check(
        [&](const std::vector<at::Tensor>& x) {
          return pld_loss(x[0], in.teacher_logits, in.labels, {.temperature = 2, .weights = weights});
        },
        {in.student_logits}))
        << static_cast<int>(weights);
  }
}

TEST(Pld, knows_no_constant_in_the_students_logits) {
  const SheetInputs in;
  EXPECT_NEAR(pld_loss(in.student_logits + 7, in.teacher_logits, in.labels).item<double>(), 1.8065700495, 1e-9);
}

TEST(Pld, position_weights_are_powers_of_two_less_one) {
  // Three classes of equal logits: weights 3/4, 1/4, 0 of log 3 and log 2.
  const at::Tensor equal = at::zeros({1, 3}, at::kDouble);
  const double loss =
      pld_loss(equal, equal, at::zeros({1}, at::kLong), {.weights = PldWeights::position}).item<double>();
  EXPECT_NEAR(loss, 0.75 * std::log(3) + 0.25 * std::log(2), 1e-12);
  // No overflow where 2^C is no number.
  const at::Tensor many = at::zeros({1, 2000});
  EXPECT_NEAR(pld_loss(many, many, at::zeros({1}, at::kLong), {.weights = PldWeights::position}).item<float>(),
              std::log(1999), 1e-2);
}

TEST(Pld, stays_finite) {
  const at::Tensor labels = at::zeros({2}, at::kLong);
  const auto against = [&](const at::Tensor& teacher) {
    return [&, teacher](const at::Tensor& student) { return pld_loss(student, teacher, labels); };
  };
  const at::Tensor extreme = at::tensor({1e4, 0., -1e4, -1e4, 1e4, 0.}).view({2, 3}).to(at::kFloat);
  EXPECT_TRUE(finite_with_gradient(against(extreme), extreme));
  EXPECT_TRUE(finite_with_gradient(against(extreme), -extreme));
  EXPECT_TRUE(finite_with_gradient(against(at::zeros({2, 3})), at::zeros({2, 3})));
  EXPECT_TRUE(finite_with_gradient(against(at::zeros({2, 1})), at::zeros({2, 1})));
}

TEST(Pld, refuses_other_shapes) {
  const SheetInputs in;
  EXPECT_EQ(tests::user_error_of([&] { pld_loss(in.student_logits, in.teacher_logits, in.labels.narrow(0, 0, 3)); }),
            "pld: student logits [4, 5], teacher logits [4, 5], labels [3]; they should be [B,C], [B,C], [B], none of "
            "them empty");
}

}  // namespace
}  // namespace retort::losses
