// An ensemble's targets and the discriminator: values, gradients, a dead last layer.
#include "losses/distillation/meal_v2.h"

#include <gtest/gtest.h>

#include <numbers>

#include "losses/distillation/hostile_gradients.h"
#include "losses/distillation/scoped_gradients.h"
#include "losses/distillation/sheet_inputs.h"
#include "support/user_error.h"

namespace retort::losses {
namespace {

TEST(Ensemble, averages_probabilities_and_logits) {
  const SheetInputs in;
  const auto targets = ensemble_targets(at::stack({in.student_logits, in.teacher_logits}));
  EXPECT_TRUE(at::allclose(targets.logits, (in.student_logits + in.teacher_logits) / 2));
  EXPECT_TRUE(
      at::allclose(targets.probabilities, (at::softmax(in.student_logits, 1) + at::softmax(in.teacher_logits, 1)) / 2));
  EXPECT_EQ(tests::user_error_of([&] { ensemble_targets(in.student_logits); }),
            "ensemble: teacher logits [4, 5]; they should be [K,B,C], none of them empty");
}

ScopedLoss discrimination(const DiscriminatorOptions& options) {
  return [options](const nn::Scope& scope, const auto& x) {
    return discriminator_loss(scope, x[0], tests::wave({4, 20}, 1.1, .5, 3).to(x[0].scalar_type()), options).value;
  };
}

TEST(Discriminator, narrows_and_has_gradients) {
  const at::Tensor student = tests::wave({4, 20}, .7, .3, 2);
  EXPECT_TRUE(gradients_hold(discrimination({.reduction = 2}), {student}));
  const auto weights = fresh_weights(discrimination({}), {student});
  EXPECT_EQ(weights.shape_of("conv1.weight"), (std::vector<int64_t>{2, 20, 1, 1}));
  EXPECT_EQ(weights.shape_of("conv2.weight"), (std::vector<int64_t>{1, 2, 1, 1}));
  EXPECT_EQ(weights.shape_of("conv3.weight"), (std::vector<int64_t>{2, 1, 1, 1}));
}

TEST(Discriminator, of_a_dead_last_layer_costs_log_two_and_pushes_nobody) {
  const at::Tensor student = tests::wave({4, 20}, .7, .3, 2);
  auto weights = fresh_weights(discrimination({}), {student});
  weights.parameters.at("conv3.weight").zero_();
  weights.parameters.at("conv3.bias").fill_(-1);
  nn::GivenSource source(weights);
  const auto loss = [&](const at::Tensor& x) { return discrimination({})(nn::Scope(source), {x}); };
  EXPECT_NEAR(loss(student).item<double>(), std::numbers::ln2, 1e-12);
  EXPECT_TRUE(finite_with_gradient(loss, student, 1e-12));
}

TEST(Discriminator, stays_finite_for_huge_logits) {
  const auto weights = fresh_weights(discrimination({.reduction = 2}), {tests::wave({4, 20}, .7, .3, 2)});
  nn::GivenSource source(weights);
  EXPECT_TRUE(finite_with_gradient(
      [&](const at::Tensor& x) { return discrimination({.reduction = 2})(nn::Scope(source), {x}); },
      tests::wave({4, 20}, .7, .3, 1e6)));
}

}  // namespace
}  // namespace retort::losses
