// Answers to questions: the sheet's number, gradients, answers that are certain.
#include "losses/distillation/multi_aspect_kd.h"

#include <gtest/gtest.h>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "support/grad_check.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

class MultiAspect : public testing::Test {
 protected:
  SheetInputs in;
  at::Tensor answers = tests::wave({4, 3}, .8, .1, 2).sigmoid();
  at::Tensor outputs = at::cat({in.student_logits, tests::wave({4, 3}, .6, .4, 2)}, 1);
};

TEST_F(MultiAspect, has_the_sheets_value_and_gradient) {
  const auto loss = multi_aspect_loss(outputs, answers, in.labels, {.alpha = 4, .cross_entropy_weight = 2});
  EXPECT_NEAR(loss.aspect.item<double>(), 0.6690130177, sheet_tolerance);
  EXPECT_NEAR(loss.value.item<double>(), 4 * 0.6690130177 + 2 * 2.6373467900, 1e-8);
  EXPECT_TRUE(tests::grad_check(
      [&](const std::vector<at::Tensor>& x) { return multi_aspect_loss(x[0], answers, in.labels, {.alpha = 4}).value; },
      {outputs}));
}

TEST_F(MultiAspect, stays_finite_for_certain_answers) {
  const at::Tensor certain = answers.gt(.5).to(at::kDouble);
  const auto loss = [&](const at::Tensor& x) { return multi_aspect_loss(x, certain, in.labels).value; };
  EXPECT_TRUE(finite_with_gradient(loss, at::zeros_like(outputs)));
  EXPECT_TRUE(finite_with_gradient(loss, 1e4 * outputs));
  EXPECT_TRUE(finite_with_gradient(loss, -1e4 * outputs));
}

TEST_F(MultiAspect, needs_classes_beside_the_aspects) {
  EXPECT_EQ(tests::user_error_of([&] { multi_aspect_loss(answers, answers, in.labels); }),
            "multi-aspect: 3 student logits for 3 aspects; there should be one for each class before them");
}

TEST_F(MultiAspect, yes_and_no_share_all) {
  const at::Tensor yes = at::tensor({1.f, 500.f, -500.f}), no = at::tensor({0.f, -500.f, 500.f});
  EXPECT_TRUE(at::allclose(yes_probability(yes, no), at::tensor({0.7310586f, 1.f, 0.f})));
  EXPECT_TRUE(at::allclose(yes_probability(yes, no) + yes_probability(no, yes), at::ones({3})));
}

}  // namespace
}  // namespace retort::losses
